namespace PkiCore.Crl.State;

/// <summary>
/// Adds very many entries: each is indexed a while after it was added, when the memory that this takes has come. None can be found before the end.
/// Not safe for use from several threads.
/// </summary>
/// <param name="list">Where they go. It is not used otherwise until the end.</param>
/// <param name="prevails">Which of two entries for one certificate stays, see <see cref="RevokedCertificates.Index"/>.</param>
internal sealed class EntryLoading(RevokedCertificates list, RevokedCertificates.EntryComparison prevails)
{
    private const int Delay = 16; // a power of two; processors have some ten reads under way at once

    private readonly (ulong Hash, uint Place)[] _waiting = new (ulong, uint)[Delay];
    private long _added;

    /// <exception cref="InvalidOperationException">There are 4 GiB of entries.</exception>
    public void Add(ReadOnlySpan<byte> entry, ReadOnlySpan<byte> serial, ExpiryTime notAfter)
    {
        ref (ulong Hash, uint Place) place = ref _waiting[_added & (Delay - 1)];
        if (_added >= Delay)
        {
            list.Index(place, prevails);
        }

        place = list.AddUnindexed(entry, serial, notAfter);
        _added++;
    }

    /// <summary>Indexes the last ones.</summary>
    public void Complete()
    {
        for (long i = Math.Max(0, _added - Delay); i < _added; i++)
        {
            list.Index(_waiting[i & (Delay - 1)], prevails);
        }

        _added = 0;
    }
}
