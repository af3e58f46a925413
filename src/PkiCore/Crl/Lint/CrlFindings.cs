using System.Globalization;
using PkiCore.X509;

namespace PkiCore.Crl.Lint;

/// <summary>What is wrong with a CRL: the first faults in words, the rest counted, because a million entries may share one.</summary>
internal sealed class CrlFindings
{
    public const int MaxKept = 20;

    private readonly List<string> _kept = [];

    public IReadOnlyList<string> Kept => _kept;

    /// <summary>All there are, kept or not.</summary>
    public long Count { get; private set; }

    /// <summary>Adds one about the CRL.</summary>
    /// <param name="clause">Which rule it breaks.</param>
    /// <param name="what">What a person has to know to mend it.</param>
    public void Add(string clause, string what)
    {
        Count++;
        if (_kept.Count < MaxKept)
        {
            _kept.Add($"{clause}: {what}.");
        }
    }

    /// <summary>Adds one about an entry.</summary>
    /// <param name="clause">Which rule it breaks.</param>
    /// <param name="number">Which entry, from 1.</param>
    /// <param name="serial">Its serial number.</param>
    /// <param name="what">What a person has to know to mend it.</param>
    public void Add(string clause, long number, ReadOnlySpan<byte> serial, string what)
    {
        Count++;
        if (_kept.Count < MaxKept)
        {
            string name = SerialNumber.TryCreate(serial, out SerialNumber known) ? known.ToString() : Convert.ToHexString(serial);
            _kept.Add(string.Create(CultureInfo.InvariantCulture, $"{clause}: entry {number} (serial number {name}): {what}."));
        }
    }
}
