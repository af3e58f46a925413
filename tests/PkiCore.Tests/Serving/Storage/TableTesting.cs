using System.Buffers.Binary;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Serving.Storage;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Tests.Serving.Storage;

/// <summary>What tests of the table have in common.</summary>
internal static class TableTesting
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>How long stress tests go on.</summary>
    public static readonly TimeSpan StressTime = TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("PKICORE_LONG") == "1" ? 60 : 2);

    /// <summary>Serial numbers of every shape; each number has another one.</summary>
    public static SerialNumber Serial(int number)
    {
        Span<byte> octets = stackalloc byte[SerialNumber.MaxLength];
        octets.Fill(0x5A);
        (int length, int first) = (number % 6) switch
        {
            0 => (21, 0), // 20 octets behind a zero
            1 => (20, 0), // 19 octets behind a zero
            2 => (20, 0x7F),
            3 => (20, 0x80), // negative
            4 => (6, 0x01),
            _ => (9, 0xF0), // negative
        };
        octets = octets[..length];
        octets[0] = (byte)first;
        octets[1] = first == 0 ? (byte)0x80 : octets[1];
        BinaryPrimitives.WriteInt32BigEndian(octets[^4..], number);
        Assert.True(SerialNumber.TryCreate(octets, out SerialNumber serial));
        return serial;
    }

    public static StatusChange Good(int number, DateTimeOffset? notAfter = null) => new(Serial(number), CertificateStatus.Good, notAfter ?? Start.AddDays(2000));

    public static StatusChange Held(int number, DateTimeOffset since, DateTimeOffset? notAfter = null) =>
        new(Serial(number), new CertificateStatus(since, X509RevocationReason.CertificateHold), notAfter ?? Start.AddDays(2000));

    public static SigningBatch Batch(int signatureLength = 64, uint lastChange = 0, DateTimeOffset? now = null)
    {
        DateTimeOffset time = now ?? Start;
        return new SigningBatch(
            SigningBatch.NextNumber(), new OcspResponseTemplate([], time, time, time, SignatureAlgorithm.EcdsaWithSha256, []), new StoredSignature(signatureLength, IsPair: true), lastChange, time, time, time.AddDays(4), time.AddDays(2));
    }

    /// <summary>Signatures whose every octet is the same.</summary>
    public static byte[] Signatures(SigningBatch batch, int count, byte octet)
    {
        byte[] signatures = new byte[count * batch.SignatureForm.Length];
        signatures.AsSpan().Fill(octet);
        return signatures;
    }

    public static CertificateRecord Read(this CertificateTable table, int number)
    {
        SerialNumber serial = Serial(number);
        Assert.True(table.TryRead(in serial, out CertificateRecord record));
        return record;
    }

    public static bool Contains(this CertificateTable table, int number)
    {
        SerialNumber serial = Serial(number);
        return table.TryRead(in serial, out _);
    }

    public static void Publish(this CertificateTable table, int number, SigningBatch batch, int count = 1) =>
        Assert.True(table.TryPublish(table.Read(number).Place, batch, Signatures(batch, count, (byte)number)));
}
