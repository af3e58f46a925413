using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using PkiCore.Serving.Snapshots;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Serving.Storage;

/// <summary>
/// Records by serial number. Reading takes no lock: a record is copied, and then the generation of its slot, and the entry that led to it, have to be what
/// they were. There is one writer at a time, its owner sees to that; it never changes a record that is published.
/// </summary>
internal sealed unsafe class RecordTable
{
    /// <summary>A reader that meets a change each time gives up.</summary>
    private const int MaxAttempts = 32;

    private ulong _seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
    private volatile SlotIndex _index = SlotIndex.Create(0, 0);
    private int _count;

    public RecordTable(RecordLayout layout, int segmentBits) => Store = new RecordStore(layout, segmentBits);

    public RecordStore Store { get; }

    public RecordGroups Groups { get; } = new();

    public RareStatuses Rare { get; } = new();

    /// <summary>How many records there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>How full the index is.</summary>
    public double LoadFactor => (double)_index.Used / _index.Capacity;

    /// <summary>How much memory the records and the index take.</summary>
    public long Bytes => Store.Segments.Sum(segment => segment is null ? 0 : (long)segment.Used * segment.Layout.RecordLength) + ((long)_index.Capacity * sizeof(uint));

    /// <summary>Begins a search: what it needs first is on its way from memory while the caller does something else.</summary>
    public SerialLookup BeginRead(in SerialNumber serial)
    {
        var key = new SerialKey(in serial);
        var lookup = new SerialLookup(key, key.Hash(_seed));
        SlotIndex index = _index;
        Prefetch(index.Bytes + ((long)index.Start(lookup.Hash) * sizeof(uint)));
        return lookup;
    }

    /// <summary>Reads a record and copies one of its signatures.</summary>
    /// <param name="lookup">The certificate.</param>
    /// <param name="index">Which of its signatures.</param>
    /// <param name="signature">Receives it as it is stored, as far as there is room.</param>
    /// <param name="record">The record; <see cref="CertificateRecord.Busy"/> when it changed each time it was read.</param>
    public bool TryRead(in SerialLookup lookup, int index, Span<byte> signature, out CertificateRecord record)
    {
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (TrySearch(in lookup.Key, lookup.Hash, index, signature, out bool isFound, out record))
            {
                return isFound;
            }
        }

        record = CertificateRecord.Busy;
        return true;
    }

    /// <summary>Reads the record in a slot, if one is published there.</summary>
    public bool TryRead(uint slot, out SerialNumber serial, out CertificateRecord record)
    {
        (serial, record) = (default, default);
        if (Store.FindSegment(slot) is not { } segment)
        {
            return false;
        }

        RecordHeader* source = Store.At(segment, slot);
        uint state = Volatile.Read(ref source->State);
        RecordHeader header = *source;
        header.State = state;
        record = Copy(in header, segment, slot, 0, []);
        Volatile.ReadBarrier(); // nothing of the record is read later than the check
        bool isSame = RecordHeader.IsPublishedState(state) && source->State == state;
        GC.KeepAlive(segment);
        serial = isSame ? header.Key.ToSerialNumber() : default;
        return isSame;
    }

    /// <summary>Which group the record in a slot belongs to; a hint, as it may change at any time.</summary>
    public bool IsInGroup(uint slot, uint group, out uint change)
    {
        change = 0;
        if (Store.FindSegment(slot) is not { } segment)
        {
            return false;
        }

        RecordHeader* record = Store.At(segment, slot);
        bool isMember = RecordHeader.IsPublishedState(Volatile.Read(ref record->State)) && record->Group == group;
        change = record->Change;
        GC.KeepAlive(segment);
        return isMember;
    }

    /// <summary>The writer's: finds the slot of a serial number.</summary>
    public bool TryFind(in SerialKey key, out uint slot)
    {
        ulong hash = key.Hash(_seed);
        uint position = _index.Start(hash);
        uint entry;
        while ((entry = _index.Read(position)) != SlotIndex.Empty)
        {
            slot = _index.SlotOf(entry);
            if (_index.Matches(entry, hash) && At(slot)->Has(in key))
            {
                return true;
            }

            position = _index.Next(position);
        }

        slot = 0;
        return false;
    }

    /// <summary>The writer's: the record in a slot that is in use.</summary>
    public RecordHeader* At(uint slot) => Store.At(Store.FindSegment(slot)!, slot);

    /// <summary>The writer's: whether this very record is still published.</summary>
    public bool Holds(RecordPlace place) =>
        Store.FindSegment(place.Slot) is { } segment && segment == place.Segment && RecordHeader.IsPublishedState(place.State) && Store.At(segment, place.Slot)->State == place.State;

    /// <summary>The writer's: publishes the record of a serial number that is not there.</summary>
    /// <param name="header">The record, but for the generation.</param>
    /// <param name="isInHand">Whether somebody looks after its group already.</param>
    public uint Add(in RecordHeader header, bool isInHand)
    {
        EnsureRoom();
        uint slot = Write(in header, []);
        _index.Add(header.Key.Hash(_seed), slot);
        Volatile.Write(ref _count, _count + 1);
        Groups[header.Group].Add(slot, header.Change, isInHand);
        return slot;
    }

    /// <summary>The writer's: publishes another record in place of one.</summary>
    /// <param name="old">The slot of the one before.</param>
    /// <param name="header">The record, but for the generation; of the same serial number.</param>
    /// <param name="signatures">Its signatures, one behind the other, each as long as the layout says.</param>
    /// <param name="isInHand">Whether somebody looks after its group already.</param>
    public uint Replace(uint old, in RecordHeader header, ReadOnlySpan<byte> signatures, bool isInHand)
    {
        EnsureRoom();
        uint slot = Write(in header, signatures);
        _index.Replace(PositionOf(old), header.Key.Hash(_seed), slot);
        Groups[header.Group].Add(slot, header.Change, isInHand); // before the old one leaves: it may be the last of the same group
        Release(old, keepsRare: At(old)->IsRare && header.IsRare && At(old)->Revocation == header.Revocation);
        return slot;
    }

    /// <summary>The writer's: removes a record.</summary>
    public void Remove(uint slot)
    {
        _index.Remove(PositionOf(slot));
        Release(slot, keepsRare: false);
        Volatile.Write(ref _count, _count - 1);
    }

    /// <summary>The writer's: what the table is at this moment. Slots that are freed are not used again until it is given up.</summary>
    /// <param name="purpose">Of which issuer, and for which answers.</param>
    /// <param name="position">Where the source was before.</param>
    /// <param name="lastChange">The number of the latest change.</param>
    /// <param name="giveUp">Calls <see cref="RecordStore.LetGo"/> as a writer.</param>
    public TablePicture TakePicture(string purpose, SourcePosition position, uint lastChange, Action giveUp)
    {
        RecordSegment?[] segments = [.. Store.Segments];
        var contents = new SnapshotContents
        {
            Purpose = purpose,
            Position = position,
            LastChange = lastChange,
            SegmentBits = Store.SegmentBits,
            Segments = [.. segments.Select(segment => (segment?.Layout ?? default, segment?.Used ?? 0))],
            Seed = _seed,
            IndexCapacity = _index.Capacity,
            SlotBits = _index.SlotBits,
            Batches = Groups.Copy(),
            Rare = Rare.Copy(),
        };
        var picture = new TablePicture(contents, segments, _index.Copy(), giveUp);
        Store.HoldBack(); // not before there is a picture that ends it: memory may run out
        return picture;
    }

    /// <summary>The writer's: takes over what a snapshot holds, before anybody reads.</summary>
    /// <exception cref="InvalidDataException">It is of a table with other segments.</exception>
    public void Restore(LoadedTable loaded)
    {
        if (loaded.Contents.SegmentBits != Store.SegmentBits)
        {
            throw new InvalidDataException($"its segments have 2^{loaded.Contents.SegmentBits} records, and those of this program 2^{Store.SegmentBits}");
        }

        Store.Restore(loaded.Segments, loaded.Free);
        Groups.Restore(loaded.Contents.Batches, group => loaded.Groups.TryGetValue(group, out GroupTally tally) ? (tally.Count, tally.First, tally.Last) : (0, uint.MaxValue, 0));
        Rare.Restore(loaded.Contents.Rare);
        _seed = loaded.Contents.Seed;
        Volatile.Write(ref _count, loaded.Count);
        _index = loaded.Index ?? CreateIndex();
    }

    /// <summary>The writer's: the slots of all records. It may remove or replace what it gets.</summary>
    public IEnumerable<uint> Slots()
    {
        for (int number = 0; number < Store.Segments.Count; number++)
        {
            for (int place = 0; place < (Store.Segments[number]?.Used ?? 0); place++)
            {
                uint slot = ((uint)number << Store.SegmentBits) + (uint)place;
                if (IsPublished(slot))
                {
                    yield return slot;
                }
            }
        }
    }

    /// <summary>The writer's: whether there is a record in a slot.</summary>
    public bool IsPublished(uint slot) =>
        Store.FindSegment(slot) is { } segment && (int)(slot & ((1u << Store.SegmentBits) - 1)) < segment.Used && RecordHeader.IsPublishedState(Store.At(segment, slot)->State);

    /// <summary>The writer's: the signatures of a record; none when it was made for signatures of another length.</summary>
    public ReadOnlySpan<byte> SignaturesOf(uint slot)
    {
        RecordSegment segment = Store.FindSegment(slot)!;
        return segment.Layout == Store.Layout
            ? new ReadOnlySpan<byte>((byte*)Store.At(segment, slot) + RecordHeader.Length, segment.Layout.SignatureCount * segment.Layout.SignatureLength)
            : [];
    }

    /// <summary>More than the highest slot number once another segment is needed.</summary>
    private uint NextSlotLimit => Store.SlotLimit + (1u << Store.SegmentBits);

    private bool TrySearch(in SerialKey key, ulong hash, int index, Span<byte> signature, out bool isFound, out CertificateRecord record)
    {
        SlotIndex entries = _index;
        uint position = entries.Start(hash);
        uint entry;
        while ((entry = entries.Read(position)) != SlotIndex.Empty)
        {
            if (entries.Matches(entry, hash))
            {
                uint slot = entries.SlotOf(entry);
                if (Store.FindSegment(slot) is not { } segment)
                {
                    (isFound, record) = (false, default);
                    return false;
                }

                RecordHeader* source = Store.At(segment, slot);
                byte* wanted = (byte*)(source + 1) + (index * segment.Layout.SignatureLength);
                Prefetch(wanted); // the signature is in other cache lines than the header, and need not wait for it
                Prefetch(wanted + segment.Layout.SignatureLength - 1);
                uint state = Volatile.Read(ref source->State);
                RecordHeader header = *source;
                header.State = state;
                record = Copy(in header, segment, slot, index, signature);
                Volatile.ReadBarrier(); // nothing of the record is read later than the checks

                // The entry before the generation: then the slot held this record when the entry led to it, and if it is another's, so was the entry.
                bool isSame = RecordHeader.IsPublishedState(state) && entries.Read(position) == entry && Volatile.Read(ref source->State) == state;
                GC.KeepAlive(segment);
                if (!isSame || header.Has(in key))
                {
                    isFound = isSame;
                    GC.KeepAlive(entries);
                    return isSame;
                }
            }

            position = entries.Next(position);
        }

        GC.KeepAlive(entries);
        (isFound, record) = (false, default);
        return entries == _index; // in an index that is not kept up any more, an entry may lead to a slot that is another's by now
    }

    /// <summary>Copies what a reader wants. It may be of two records until it has been checked, so nothing in it is relied on for where to read.</summary>
    private CertificateRecord Copy(in RecordHeader header, RecordSegment segment, uint slot, int index, Span<byte> signature)
    {
        SigningBatch? batch = Groups.FindBatch(header.Group);
        int length = 0;
        if (batch is not null && !signature.IsEmpty && index < segment.Layout.SignatureCount)
        {
            length = Math.Min(batch.SignatureForm.Length, segment.Layout.SignatureLength);
            byte* source = (byte*)Store.At(segment, slot) + RecordHeader.Length + (index * segment.Layout.SignatureLength);
            new ReadOnlySpan<byte>(source, length).CopyTo(signature);
        }

        return new CertificateRecord(Rare.Decode(in header), header.NotAfter, header.Change, batch, length, new RecordPlace(slot, header.State, segment));
    }

    /// <summary>A hint: it never fails, wherever it points.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(void* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(address);
        }
    }

    private uint Write(in RecordHeader header, ReadOnlySpan<byte> signatures)
    {
        uint slot = Store.Allocate();
        RecordHeader* record = At(slot);
        RecordHeader written = header;

        // All but the state, which says until the end that the slot is free. As a whole the compiler may write the header with another state first.
        new ReadOnlySpan<byte>((byte*)&written + sizeof(uint), RecordHeader.Length - sizeof(uint)).CopyTo(new Span<byte>((byte*)record + sizeof(uint), RecordHeader.Length - sizeof(uint)));
        signatures.CopyTo(new Span<byte>(record + 1, Store.Layout.RecordLength - RecordHeader.Length));
        Store.Publish(slot, header.State);
        return slot;
    }

    /// <summary>Gives a slot back, and only then what its record referred to: readers that are at it have to find out first.</summary>
    private void Release(uint slot, bool keepsRare)
    {
        RecordHeader header = *At(slot);
        Store.Free(slot);
        Groups.Leave(header.Group);
        if (header.IsRare && !keepsRare)
        {
            Rare.Remove(header.Revocation);
        }
    }

    private uint PositionOf(uint slot)
    {
        ulong hash = At(slot)->Key.Hash(_seed);
        uint position = _index.Start(hash);
        uint entry;
        while (!_index.Matches(entry = _index.Read(position), hash) || _index.SlotOf(entry) != slot)
        {
            position = _index.Next(position);
        }

        return position;
    }

    /// <summary>
    /// Before a slot is published there has to be room for it: else an index with more of it, or without the entries that were removed, takes the place
    /// of this one. Readers that are at the old one find every record that has not changed since.
    /// </summary>
    private void EnsureRoom()
    {
        if (_index.IsFull || !_index.CanHold(NextSlotLimit))
        {
            _index = CreateIndex();
        }
    }

    private SlotIndex CreateIndex()
    {
        var index = SlotIndex.Create((uint)_count, NextSlotLimit);
        foreach (uint slot in Slots())
        {
            index.Add(At(slot)->Key.Hash(_seed), slot);
        }

        return index;
    }
}
