using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl;
using PkiCore.X509;

namespace PkiCore.Campaigns.Crls;

/// <summary>A CRL that was read strictly to its end, and verified.</summary>
/// <param name="Name">The name of its file.</param>
/// <param name="Number">Its number.</param>
/// <param name="BaseNumber">The number of the complete CRL that a delta CRL adds to.</param>
/// <param name="ThisUpdate">As of when it speaks.</param>
/// <param name="Digest">What tells it from another.</param>
/// <param name="Entries">Who is on it, and why.</param>
internal sealed record CrlDocument(
    string Name, BigInteger Number, BigInteger? BaseNumber, DateTimeOffset ThisUpdate, string Digest, IReadOnlyDictionary<SerialNumber, X509RevocationReason> Entries)
{
    public static string DigestOf(byte[] encoded) => Convert.ToHexString(SHA256.HashData(encoded));

    /// <exception cref="InvalidDataException">It is not a CRL of the issuer's as it should be.</exception>
    public static CrlDocument Read(string name, byte[] encoded, X509Certificate2 issuer)
    {
        using var reader = new CrlReader(new MemoryStream(encoded));
        var entries = new Dictionary<SerialNumber, X509RevocationReason>();
        while (reader.TryRead(out CrlEntry entry))
        {
            if (!SerialNumber.TryCreate(entry.SerialNumber, out SerialNumber serial) || !entries.TryAdd(serial, entry.Reason))
            {
                throw new InvalidDataException($"the serial number {Convert.ToHexString(entry.SerialNumber)} is too long or there twice");
            }
        }

        return !reader.Verify(issuer) ? throw new InvalidDataException("the signature does not verify")
            : reader.UnsupportedCriticalExtension is { } extension ? throw new InvalidDataException($"it has the critical extension {extension}")
            : new CrlDocument(name, reader.Number ?? throw new InvalidDataException("it has no number"), reader.BaseNumber, reader.ThisUpdate, DigestOf(encoded), entries);
    }

    /// <summary>What a client knows who has this complete CRL and a delta CRL to it.</summary>
    public IReadOnlyDictionary<SerialNumber, X509RevocationReason> With(CrlDocument? delta)
    {
        if (delta is null)
        {
            return Entries;
        }

        var both = new Dictionary<SerialNumber, X509RevocationReason>(Entries);
        foreach ((SerialNumber serial, X509RevocationReason reason) in delta.Entries)
        {
            both[serial] = reason; // removeFromCRL, too
        }

        return both;
    }
}
