using PkiCore.Status;

namespace PkiCore.Serving.Storage;

/// <summary>
/// Statuses that do not fit into a record: those with an invalidity date, or with a time before 1970 or after 2106. A record has their place. One
/// writer; what a reader finds counts only if the record was still published afterwards.
/// </summary>
internal sealed class RareStatuses
{
    private readonly Stack<uint> _free = new();
    private volatile CertificateStatus[] _statuses = [];
    private uint _used;

    public uint Add(CertificateStatus status)
    {
        if (!_free.TryPop(out uint place))
        {
            place = _used++;
        }

        CertificateStatus[] statuses = _statuses;
        if (place >= statuses.Length)
        {
            Array.Resize(ref statuses, Math.Max(16, statuses.Length * 2));
        }

        statuses[place] = status;
        _statuses = statuses;
        return place;
    }

    /// <summary>All places, those too that are free.</summary>
    public CertificateStatus[] Copy() => _statuses[..(int)_used];

    /// <summary>Takes over what a snapshot holds. Places that were free are not used again.</summary>
    public void Restore(IReadOnlyList<CertificateStatus> statuses)
    {
        _used = (uint)statuses.Count;
        _statuses = [.. statuses];
    }

    public void Remove(uint place) => _free.Push(place);

    public CertificateStatus Read(uint place)
    {
        CertificateStatus[] statuses = _statuses;
        return place < (uint)statuses.Length ? statuses[place] : default;
    }
}
