using PkiCore.Serving.Storage;
using PkiCore.Status;

namespace PkiCore.Serving.Snapshots;

/// <summary>What a snapshot held, on its way into a table: nobody else knows of its memory yet. Stretches are taken by several threads.</summary>
internal sealed unsafe class LoadedTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, GroupTally> _groups = [];
    private readonly int[] _signatureLengths; // of the batches, by their groups; 0 where there is none
    private readonly List<(uint First, uint End)> _free = []; // ranges of slots that are not in use
    private bool _isIndexDamaged;

    public LoadedTable(SnapshotContents contents, RecordSegment?[] segments, SlotIndex index)
    {
        (Contents, Segments, Index) = (contents, segments, index);
        uint groups = contents.Batches.Select(entry => entry.Group + 1).DefaultIfEmpty(RecordGroups.FirstOfBatches).Max();
        _signatureLengths = new int[groups];
        foreach ((uint group, SigningBatch batch) in contents.Batches)
        {
            _signatureLengths[group] = batch.SignatureForm.Length;
        }
    }

    public SnapshotContents Contents { get; }

    public RecordSegment?[] Segments { get; }

    /// <summary>The index; <see langword="null"/> when it has to be made again.</summary>
    public SlotIndex? Index { get; private set; }

    public int Count { get; private set; }

    public int RevokedCount { get; private set; }

    /// <summary>How many records were lost: the source has to tell everything again.</summary>
    public long LostCount { get; private set; }

    /// <summary>The groups of records: how many, and from which slot to which.</summary>
    public IReadOnlyDictionary<uint, GroupTally> Groups => _groups;

    /// <summary>The slots that are not in use, of every segment.</summary>
    public IReadOnlyList<(uint First, uint End)> Free => _free;

    public void NoteDamage(in SnapshotChunk chunk)
    {
        lock (_lock)
        {
            _isIndexDamaged = true;
            if (chunk.Segment >= 0)
            {
                LostCount += chunk.Count;
                uint first = SlotOf(chunk.Segment, chunk.First);
                _free.Add((first, first + (uint)chunk.Count));
            }
        }
    }

    /// <summary>Looks at every record of a stretch, and takes out what cannot be.</summary>
    public void Take(in SnapshotChunk chunk)
    {
        RecordSegment segment = Segments[chunk.Segment]!;
        var groups = new Dictionary<uint, GroupTally>();
        var free = new List<(uint First, uint End)>();
        (int count, int revoked, int lost) = (0, 0, 0);
        (uint lastGroup, GroupTally tally) = (uint.MaxValue, default);
        for (int i = 0; i < chunk.Count; i++)
        {
            uint slot = SlotOf(chunk.Segment, chunk.First + i);
            RecordHeader* record = segment.At(chunk.First + i);
            bool isValid = record->IsPublished && IsValid(record, segment.Layout);
            if (!isValid)
            {
                lost += record->IsPublished ? 1 : 0;
                record->State = 0;
                Extend(free, slot);
                continue;
            }

            if (record->Group != lastGroup)
            {
                groups[lastGroup] = tally;
                lastGroup = record->Group;
                tally = groups.GetValueOrDefault(lastGroup, GroupTally.Empty);
            }

            tally = tally.With(slot);
            count++;
            revoked += record->IsRevoked ? 1 : 0;
        }

        groups[lastGroup] = tally;
        groups.Remove(uint.MaxValue);
        Add(segment, groups, free, count, revoked, lost);
    }

    /// <summary>After the last stretch: whether the index is that of the records.</summary>
    public void Finish()
    {
        if (_isIndexDamaged || Index?.Recount(FindSlots(), (uint)Count) == false)
        {
            Index = null;
        }
    }

    /// <summary>The slots that are in use.</summary>
    private SlotSet FindSlots()
    {
        var slots = new SlotSet();
        for (int number = 0; number < Segments.Length; number++)
        {
            for (int place = 0; place < (Segments[number]?.Used ?? 0); place++)
            {
                slots.Set(SlotOf(number, place), true);
            }
        }

        foreach ((uint first, uint end) in _free)
        {
            for (uint slot = first; slot < end; slot++)
            {
                slots.Set(slot, false);
            }
        }

        return slots;
    }

    private bool IsValid(RecordHeader* record, RecordLayout layout) =>
        record->Key.IsValid
        && (record->Group < RecordGroups.FirstOfBatches || (record->Group < _signatureLengths.Length && _signatureLengths[record->Group] == layout.SignatureLength))
        && record->Change <= Contents.LastChange
        && (!record->IsRare || IsRare(record->Revocation, record->IsRevoked));

    /// <summary>Whether a rare status is in a place, and says the same as the record as far as it goes.</summary>
    private bool IsRare(uint place, bool isRevoked) =>
        place < Contents.Rare.Count && Contents.Rare[(int)place] is var status && status != CertificateStatus.Good && status.IsRevoked == isRevoked;

    private void Add(RecordSegment segment, Dictionary<uint, GroupTally> groups, List<(uint First, uint End)> free, int count, int revoked, int lost)
    {
        lock (_lock)
        {
            foreach ((uint group, GroupTally tally) in groups)
            {
                _groups[group] = _groups.GetValueOrDefault(group, GroupTally.Empty).With(tally);
            }

            _free.AddRange(free);
            segment.Live += count;
            Count += count;
            RevokedCount += revoked;
            LostCount += lost;
        }
    }

    private uint SlotOf(int segment, int place) => ((uint)segment << Contents.SegmentBits) + (uint)place;

    private static void Extend(List<(uint First, uint End)> ranges, uint slot)
    {
        if (ranges.Count > 0 && ranges[^1].End == slot)
        {
            ranges[^1] = (ranges[^1].First, slot + 1);
        }
        else
        {
            ranges.Add((slot, slot + 1));
        }
    }
}

/// <summary>Records of a group.</summary>
/// <param name="Count">How many.</param>
/// <param name="First">The lowest slot.</param>
/// <param name="Last">The highest.</param>
internal readonly record struct GroupTally(int Count, uint First, uint Last)
{
    public static GroupTally Empty { get; } = new(0, uint.MaxValue, 0);

    public GroupTally With(uint slot) => new(Count + 1, Math.Min(First, slot), Math.Max(Last, slot));

    public GroupTally With(GroupTally other) => new(Count + other.Count, Math.Min(First, other.First), Math.Max(Last, other.Last));
}
