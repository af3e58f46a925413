using PkiCore.Crl;

namespace PkiCore.Tests.Crl;

/// <summary>What is read of an entry, to keep.</summary>
internal sealed record ReadEntry(byte[] Encoded, byte[] Serial, DateTimeOffset Date, int Reason, DateTimeOffset? InvalidityDate, byte[] Issuer);

internal static class CrlReading
{
    public static List<ReadEntry> All(Stream stream)
    {
        using var reader = new CrlReader(stream);
        var entries = new List<ReadEntry>();
        while (reader.TryRead(out CrlEntry entry))
        {
            entries.Add(new ReadEntry(
                entry.Encoded.ToArray(), entry.SerialNumber.ToArray(), entry.RevocationDate, (int)entry.Reason, entry.InvalidityDate, entry.CertificateIssuer.ToArray()));
        }

        return entries;
    }

    public static List<ReadEntry> All(byte[] encoded) => All(new MemoryStream(encoded));

    public static int Count(byte[] encoded) => All(encoded).Count;
}
