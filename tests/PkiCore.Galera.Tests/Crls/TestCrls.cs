using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl;
using PkiCore.Crl.Issuing;
using PkiCore.Status;
using PkiCore.X509;

#pragma warning disable CA1416 // Validate platform compatibility: the lab is on Linux

namespace PkiCore.Galera.Tests.Crls;

/// <summary>A folder as a publisher leaves it behind, with real CRLs.</summary>
internal sealed class TestCrls(CrlAuthority authority, string directory)
{
    private static readonly DateTimeOffset s_first = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly PublishingDirectory _directory = new(directory);

    public string Directory => directory;

    public string Current => _directory.Current;

    /// <summary>Publishes a complete CRL.</summary>
    /// <param name="number">Its number; it also makes its time.</param>
    /// <param name="entries">How many certificates are on it.</param>
    /// <param name="name">The name of the file; what else is there stays.</param>
    public void Publish(BigInteger number, int entries, string name = "ca.crl")
    {
        string publication = _directory.Begin(number);
        using (FileStream file = PublishingDirectory.Create(Path.Combine(publication, name)))
        {
            Write(file, number, entries);
        }

        _directory.Keep(publication, _ => true);
        PublishingDirectory.Sync(publication, [name]);
        _directory.Switch(publication);
    }

    public byte[] Read(string name = "ca.crl") => File.ReadAllBytes(Path.Combine(Current, name));

    private void Write(Stream destination, BigInteger number, int entries)
    {
        DateTimeOffset thisUpdate = s_first.AddHours((double)(number % 100_000));
        var builder = new CrlBuilder(authority.Issuer) { Number = number, ThisUpdate = thisUpdate, NextUpdate = thisUpdate.AddDays(7) };
        Span<byte> serial = stackalloc byte[16];
        serial.Fill(0x5A);
        for (int i = 0; i < entries; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(serial[12..], i);
            SerialNumber.TryCreate(serial, out SerialNumber certificate);
            builder.Add(certificate, new CertificateStatus(s_first, X509RevocationReason.KeyCompromise, InvalidityDate: null));
        }

        using var signer = authority.CreateSigner();
        builder.WriteTo(destination, signer, TimeSpan.FromSeconds(30));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{directory}: {_directory.FindLastNumber()}");
}
