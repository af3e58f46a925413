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

    /// <summary>How many places there are, those too that are free.</summary>
    public uint Limit => _used;

    /// <summary>Replies know no fractions of a second, and say nothing more of a good certificate: what differs in that alone is no change.</summary>
    public static CertificateStatus Normalize(in CertificateStatus status) => status.IsRevoked
        ? status with { RevocationTime = FloorToSeconds(status.RevocationTime), InvalidityDate = FloorToSeconds(status.InvalidityDate) }
        : CertificateStatus.Good;

    /// <summary>Writes a status into a record; a rare one takes a place here.</summary>
    public void Encode(in CertificateStatus status, ref RecordHeader header)
    {
        long seconds = status.RevocationTime?.ToUnixTimeSeconds() ?? 0;
        bool isRare = status.InvalidityDate.HasValue || seconds is < 0 or > uint.MaxValue || (uint)status.Reason > RecordHeader.MaxReason;
        header.SetStatus(status.IsRevoked, isRare, status.IsRevoked ? status.Reason : default);
        header.Revocation = isRare ? Add(status) : (uint)seconds;
    }

    /// <summary>What a record says.</summary>
    public CertificateStatus Decode(in RecordHeader header) =>
        header.IsRare ? Read(header.Revocation)
        : header.IsRevoked ? new CertificateStatus(DateTimeOffset.FromUnixTimeSeconds(header.Revocation), header.Reason)
        : CertificateStatus.Good;

    private uint Add(CertificateStatus status)
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

    /// <summary>All places; those that are free say good, which is never rare.</summary>
    public CertificateStatus[] Copy()
    {
        CertificateStatus[] statuses = _statuses[..(int)_used];
        foreach (uint place in _free)
        {
            statuses[place] = CertificateStatus.Good;
        }

        return statuses;
    }

    /// <summary>Takes over what a snapshot holds.</summary>
    public void Restore(IReadOnlyList<CertificateStatus> statuses)
    {
        _used = (uint)statuses.Count;
        _statuses = [.. statuses];
        _free.Clear();
        for (uint place = 0; place < _used; place++)
        {
            if (_statuses[place] == CertificateStatus.Good)
            {
                _free.Push(place);
            }
        }
    }

    public void Remove(uint place) => _free.Push(place);

    private CertificateStatus Read(uint place)
    {
        CertificateStatus[] statuses = _statuses;
        return place < (uint)statuses.Length ? statuses[place] : default;
    }

    private static DateTimeOffset? FloorToSeconds(DateTimeOffset? time) =>
        time is { } known ? new DateTimeOffset(known.UtcTicks - (known.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero) : null;
}
