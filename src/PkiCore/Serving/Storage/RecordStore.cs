using System.Diagnostics;

namespace PkiCore.Serving.Storage;

/// <summary>
/// The slots of a table: numbers that lead to records. One writer, under its owner's lock; readers need none. A slot that is freed comes back only after
/// others, so that a reader that was held up meets its next record as late as can be.
/// </summary>
internal sealed unsafe class RecordStore
{
    /// <summary>Records in a segment, as a power of two.</summary>
    public const int DefaultSegmentBits = 19;

    /// <summary>So many free slots wait before one is used again.</summary>
    public const int Quarantine = 64;

    private const uint None = uint.MaxValue;

    private readonly int _segmentBits;
    private readonly List<uint> _heldBack = []; // freed while a picture is taken
    private volatile RecordSegment?[] _segments = [];
    private int _current = -1; // the segment that gives out new slots
    private RecordLayout _layout;
    private uint _firstFree = None;
    private uint _lastFree = None;
    private bool _isHoldingBack;
    private long _version;

    public RecordStore(RecordLayout layout, int segmentBits)
    {
        _segmentBits = segmentBits;
        _layout = layout;
    }

    /// <summary>More than the highest slot number there is.</summary>
    public uint SlotLimit => (uint)_segments.Length << _segmentBits;

    public int SegmentBits => _segmentBits;

    /// <summary>The layout of new records. Those of another one keep it; their slots are not used again, and their memory goes with the last of them.</summary>
    public RecordLayout Layout
    {
        get => _layout;
        set
        {
            if (_layout != value)
            {
                _layout = value;
                _current = FindCurrent();
                (_firstFree, _lastFree, FreeCount) = (None, None, 0);
                DropEmptySegments();
            }
        }
    }

    /// <summary>How many times a record was published or freed.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>How many slots wait to be used again.</summary>
    public int FreeCount { get; private set; }

    /// <summary>The segments; <see langword="null"/> where one is gone.</summary>
    public IReadOnlyList<RecordSegment?> Segments => _segments;

    /// <summary>The segment of a slot, which the caller keeps alive while it uses the record; <see langword="null"/> when there is none, any more.</summary>
    public RecordSegment? FindSegment(uint slot)
    {
        RecordSegment?[] segments = _segments;
        uint segment = slot >> _segmentBits;
        return segment < (uint)segments.Length ? segments[segment] : null;
    }

    /// <summary>The record in a slot of a segment.</summary>
    public RecordHeader* At(RecordSegment segment, uint slot) => segment.At((int)(slot & ((1u << _segmentBits) - 1)));

    /// <summary>A slot that nobody reads. Its record is written, but for the state, before <see cref="Publish"/>.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">There is no memory for another segment.</exception>
    public uint Allocate()
    {
        if (FreeCount > Quarantine)
        {
            uint slot = _firstFree;
            _firstFree = Find(slot)->Change;
            FreeCount--;
            return slot;
        }

        if (_current < 0 || _segments[_current]!.Used == _segments[_current]!.Capacity)
        {
            AddSegment(new RecordSegment(_layout, 1 << _segmentBits, isFirst: _segments.Length == 0));
        }

        return ((uint)_current << _segmentBits) + (uint)_segments[_current]!.Used++;
    }

    /// <summary>Makes a record readable, as far as an index leads to it. What it says is written before its generation is.</summary>
    public void Publish(uint slot, uint state)
    {
        RecordHeader* record = Find(slot);
        uint published = RecordHeader.WithGenerationOf(state, RecordHeader.NextGeneration(record->State));
        Debug.Assert(RecordHeader.IsPublishedState(published), "only a free slot is published");
        Volatile.Write(ref record->State, published);
        FindSegment(slot)!.Live++;
        Volatile.Write(ref _version, _version + 1);
    }

    /// <summary>Gives a slot back that no index leads to any more. Readers that are at it find out; what it says stays until it is used again.</summary>
    public void Free(uint slot)
    {
        RecordSegment segment = FindSegment(slot)!;
        RecordHeader* record = At(segment, slot);
        Volatile.Write(ref record->State, RecordHeader.NextGeneration(record->State));
        Volatile.WriteBarrier(); // the generation is raised before anything else in the record changes
        segment.Live--;
        Volatile.Write(ref _version, _version + 1);
        if (_isHoldingBack)
        {
            _heldBack.Add(slot);
        }
        else
        {
            Recycle(slot);
        }
    }

    /// <summary>From now on slots that are freed keep what they say, until <see cref="LetGo"/>: together they are a picture of this moment.</summary>
    public void HoldBack() => _isHoldingBack = true;

    public void LetGo()
    {
        _isHoldingBack = false;
        foreach (uint slot in _heldBack)
        {
            Recycle(slot);
        }

        _heldBack.Clear();
        _heldBack.TrimExcess();
        DropEmptySegments();
    }

    /// <summary>Takes over what a snapshot holds.</summary>
    /// <param name="segments">The segments.</param>
    /// <param name="free">The slots in them that are not in use, from each first to before each end.</param>
    public void Restore(RecordSegment?[] segments, IEnumerable<(uint First, uint End)> free)
    {
        (_firstFree, _lastFree, FreeCount) = (None, None, 0);
        _segments = segments;
        _current = FindCurrent();
        foreach ((uint first, uint end) in free)
        {
            for (uint slot = first; slot < end; slot++)
            {
                Recycle(slot);
            }
        }
    }

    /// <summary>A segment with room for new records.</summary>
    private int FindCurrent() => Array.FindIndex(_segments, segment => segment is not null && segment.Layout == _layout && segment.Used < segment.Capacity);

    private RecordHeader* Find(uint slot) => At(FindSegment(slot)!, slot);

    private void Recycle(uint slot)
    {
        if (FindSegment(slot) is not { } segment)
        {
            return;
        }

        if (segment.Layout != _layout)
        {
            if (segment.Live == 0)
            {
                DropEmptySegments();
            }

            return;
        }

        if (FreeCount++ == 0)
        {
            _firstFree = slot;
        }
        else
        {
            Find(_lastFree)->Change = slot;
        }

        _lastFree = slot;
    }

    private void DropEmptySegments()
    {
        if (!_isHoldingBack)
        {
            _segments = [.. _segments.Select(segment => segment is { Live: 0 } && segment.Layout != _layout ? null : segment)];
        }
    }

    private void AddSegment(RecordSegment segment)
    {
        RecordSegment?[] segments = [.. _segments];
        _current = Array.IndexOf(segments, null);
        if (_current < 0)
        {
            _current = segments.Length;
            segments = [.. segments, null];
        }

        segments[_current] = segment;
        _segments = segments;
    }
}
