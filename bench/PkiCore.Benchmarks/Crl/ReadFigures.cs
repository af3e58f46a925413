using System.Runtime.Versioning;
using System.Security.Cryptography;
using PkiCore.Crl.Following;
using PkiCore.Crl.State;
using PkiCore.Crl;
using static System.FormattableString;

namespace PkiCore.Benchmarks.Crl;

/// <summary>Reading a CRL and indexing its entries, and looking certificates up afterwards.</summary>
[SupportedOSPlatform("linux")]
internal static class ReadFigures
{
    private const double MaxRatio = 4; // three times SHA-256, and the hash that the signature is verified against
    private const int Lookups = 1_000_000;
    private const int UsualEntryLength = 36; // as CrlListLoader has it

    public static IEnumerable<TableRow> Measure(CrlInputs inputs, int count, int turns)
    {
        byte[] crl = Make(inputs, count);
        List<double> ratios = [], milliseconds = [], lookups = [];
        for (int turn = -2; turn < turns; turn++)
        {
            double hash = IssueFigures.Time(() => SHA256.HashData(crl));
            RevokedCertificates? read = null;
            double reading = IssueFigures.Time(() => read = Read(inputs, crl));
            double looking = IssueFigures.Time(() => LookUp(read!, count));
            if (turn >= 0)
            {
                ratios.Add(reading / hash);
                milliseconds.Add(reading);
                lookups.Add(looking * 1e6 / Lookups);
            }
        }

        return
        [
            new(
                Invariant($"{count:N0} entries: read, index and verify, to SHA-256"),
                Invariant($"{Statistics.Median(ratios):0.00}x ({ratios.Min():0.00}-{ratios.Max():0.00}; {Statistics.Median(milliseconds):0.0} ms)"),
                Invariant($"<= {MaxRatio}x"),
                Statistics.Median(ratios) <= MaxRatio),
            new(Invariant($"{count:N0} entries: is one certificate revoked? half of them are"), Invariant($"{Statistics.Median(lookups):0} ns")),
        ];
    }

    private static byte[] Make(CrlInputs inputs, int count)
    {
        CrlBuilder builder = inputs.CreateBuilder(new RevokedCertificates());
        for (int i = 0; i < count; i++)
        {
            builder.Add(CrlInputs.SerialOf(i), CrlInputs.Revoked(i).Status);
        }

        using var stream = new MemoryStream();
        builder.WriteTo(stream, inputs.Signer, TimeSpan.FromSeconds(10));
        return stream.ToArray();
    }

    private static RevokedCertificates Read(CrlInputs inputs, byte[] crl)
    {
        var revoked = new RevokedCertificates();
        using var reader = new CrlReader(new MemoryStream(crl));
        revoked.EnsureCapacity(reader.EntriesLength / UsualEntryLength);
        var loading = new EntryLoading(revoked, (_, _) => false);
        while (reader.TryRead(out CrlEntry entry))
        {
            loading.Add(entry.Encoded, entry.SerialNumber, ExpiryTime.Never);
        }

        loading.Complete();

        return reader.Verify(inputs.Issuer.Certificate) ? revoked : throw new InvalidOperationException("The CRL does not verify.");
    }

    private static void LookUp(RevokedCertificates revoked, int count)
    {
        Span<byte> octets = stackalloc byte[X509.SerialNumber.MaxLength];
        int found = 0;
        for (int i = 0; i < Lookups; i++)
        {
            int index = (int)(Table.SyntheticSerials.Mix((ulong)i) % (ulong)(2 * count));
            found += revoked.TryGet(octets[..CrlInputs.SerialOf(index).CopyTo(octets)], out _) ? 1 : 0;
        }

        if (Math.Abs(found - (Lookups / 2)) > Lookups / 100)
        {
            throw new InvalidOperationException($"{found} of {Lookups} certificates were found.");
        }
    }
}
