using System.Runtime.InteropServices;
using PkiCore.Crl.State;
using PkiCore.Crl;

namespace PkiCore.Responder.Commands;

/// <summary>
/// Finds certificates that a CRL lists more than once. It remembers eight bytes an entry, a hash; only where two hashes are equal, a second
/// reading says whether the serial numbers are.
/// </summary>
internal sealed class RepeatedSerials
{
    /// <summary>So many are looked up and named.</summary>
    public const int MaxNamed = 20;

    private readonly List<ulong> _hashes = [];

    public void Add(in CrlEntry entry) => _hashes.Add(Hash(in entry));

    /// <summary>Finds them, after the last entry; at most <see cref="MaxNamed"/>.</summary>
    /// <param name="path">The file.</param>
    public async Task<IReadOnlyList<string>> FindAsync(string path)
    {
        HashSet<ulong> suspects = FindEqual();
        if (suspects.Count == 0)
        {
            return [];
        }

        var times = new Dictionary<string, int>(StringComparer.Ordinal);
        using CrlReader crl = CrlInput.Open(path);
        bool isIndirect = crl.DistributionPoint is { IsIndirect: true };
        await CrlInput.ReadAsync(crl, path, (in entry) =>
        {
            if (suspects.Contains(Hash(in entry)))
            {
                string certificate = CrlSerial.Describe(entry.SerialNumber) + (isIndirect ? $" of {CrlText.Name(entry.CertificateIssuer)}" : "");
                times[certificate] = times.GetValueOrDefault(certificate) + 1;
            }
        }).ConfigureAwait(false);
        IEnumerable<string> more = suspects.Count == MaxNamed ? ["and there may be more"] : [];
        return [.. times.Where(certificate => certificate.Value > 1).Select(certificate => FormattableString.Invariant($"{certificate.Key} is there {certificate.Value} times")), .. more];
    }

    private HashSet<ulong> FindEqual()
    {
        var suspects = new HashSet<ulong>();
        Span<ulong> hashes = CollectionsMarshal.AsSpan(_hashes);
        hashes.Sort();
        for (int i = 1; i < hashes.Length && suspects.Count < MaxNamed; i++)
        {
            if (hashes[i] == hashes[i - 1])
            {
                suspects.Add(hashes[i]);
            }
        }

        return suspects;
    }

    /// <summary>Serial numbers are unique among the certificates of one issuer only.</summary>
    private static ulong Hash(in CrlEntry entry) => SerialIndex.Hash(entry.SerialNumber) ^ (SerialIndex.Hash(entry.CertificateIssuer) * 3);
}
