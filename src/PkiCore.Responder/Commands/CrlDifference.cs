using PkiCore.Crl.Reading;
using PkiCore.Crl;

namespace PkiCore.Responder.Commands;

/// <summary>What one CRL lists and another does not, or not in the same way: by issuer of the certificate and serial number, whatever the order.</summary>
/// <param name="maxKept">How many of each kind are kept for people.</param>
/// <param name="ofIssuer">Whether they are told whose certificates these are.</param>
internal sealed class CrlDifference(int maxKept, bool ofIssuer)
{
    private readonly CrlListing _before = new();
    private readonly CrlListing _twice = new(); // in the first, as malformed CRLs have them

    public Kind Added { get; } = new(maxKept, ofIssuer);

    public Kind Removed { get; } = new(maxKept, ofIssuer);

    public Kind Changed { get; } = new(maxKept, ofIssuer);

    /// <summary>How many are the same.</summary>
    public long Same { get; private set; }

    public bool IsEmpty => Added.Count + Removed.Count + Changed.Count == 0;

    /// <summary>Takes an entry of the first CRL.</summary>
    public void TakeFirst(in CrlEntry entry)
    {
        if (!_before.TryAdd(in entry))
        {
            _twice.TryAdd(in entry);
        }
    }

    /// <summary>Takes an entry of the second CRL, after all of the first.</summary>
    public void TakeSecond(in CrlEntry entry)
    {
        if (!_before.TryGet(in entry, out ReadOnlySpan<byte> encoded))
        {
            if (!_twice.TryGet(in entry, out _))
            {
                Added.Add(in entry);
            }

            return;
        }

        CrlEntry.TryRead(encoded, entry.CertificateIssuer, out CrlEntry before);
        if (IsSame(in before, in entry))
        {
            Same++;
        }
        else
        {
            Changed.Add(in before, in entry);
        }

        _before.Remove(in entry); // what is left in the end is in the first alone
    }

    /// <summary>To be called at the end.</summary>
    public void Complete()
    {
        foreach ((byte[] issuer, ReadOnlyMemory<byte> encoded) in _before.All)
        {
            CrlEntry.TryRead(encoded.Span, issuer, out CrlEntry entry);
            Removed.Add(in entry);
        }
    }

    /// <summary>In an indirect CRL, which entry names the issuer for those behind it depends on the order alone.</summary>
    private static bool IsSame(in CrlEntry before, in CrlEntry now)
    {
        const CrlEntryTraits Naming = CrlEntryTraits.HasCertificateIssuer | CrlEntryTraits.IsCertificateIssuerCritical;
        return before.Encoded.SequenceEqual(now.Encoded)
            || (((before.Traits | now.Traits) & Naming) != CrlEntryTraits.None
                && (before.RevocationDate, before.Reason, before.InvalidityDate) == (now.RevocationDate, now.Reason, now.InvalidityDate));
    }

    /// <summary>Entries that differ in one way: the first in words, all counted.</summary>
    internal sealed class Kind(int maxKept, bool ofIssuer)
    {
        private readonly List<string> _kept = [];

        public long Count { get; private set; }

        public IReadOnlyList<string> Kept => _kept;

        public void Add(in CrlEntry entry)
        {
            if (Count++ < maxKept)
            {
                _kept.Add(CrlText.Describe(in entry, ofIssuer));
            }
        }

        public void Add(in CrlEntry before, in CrlEntry now)
        {
            if (Count++ < maxKept)
            {
                string was = CrlText.Describe(in before, ofIssuer);
                string text = CrlText.Describe(in now, ofIssuer);
                _kept.Add(was == text ? $"{text}, encoded in another way" : $"{text}, was{was[CrlSerial.Describe(before.SerialNumber).Length..]}");
            }
        }
    }
}
