using PkiCore.Serving.Snapshots;
using PkiCore.Serving.Storage;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Serving;

/// <summary>
/// The certificates of one issuer, by serial number, with their signatures. Readers take no lock and never see a record half-changed; writers take turns.
/// docs/table.md draws what is inside.
/// </summary>
internal sealed unsafe partial class CertificateTable
{
    private readonly Lock _writing = new();
    private readonly RecordTable _records;
    private SlotSet? _seen; // while the source is read completely
    private int _revoked;
    private uint _change;

    /// <param name="signatureCount">How many signatures are published together.</param>
    /// <param name="segmentBits">How many records share a segment of memory, as a power of two.</param>
    public CertificateTable(int signatureCount, int segmentBits = RecordStore.DefaultSegmentBits) =>
        _records = new RecordTable(new RecordLayout(signatureCount, DefaultSignatureLength), segmentBits);

    /// <summary>Of ECDSA with P-256, until the signer is known.</summary>
    private const int DefaultSignatureLength = 64;

    /// <summary>How many certificates there are.</summary>
    public int Count => _records.Count;

    /// <summary>How many of them are revoked.</summary>
    public int RevokedCount => Volatile.Read(ref _revoked);

    /// <summary>How many of them wait to be signed.</summary>
    public int WaitingCount => _records.Groups[RecordGroups.Waiting].Count;

    /// <summary>Another number whenever anything has changed.</summary>
    public long Version => _records.Store.Version;

    /// <summary>The number of the latest change.</summary>
    public uint LastChange => Volatile.Read(ref _change);

    /// <inheritdoc cref="RecordTable.LoadFactor"/>
    public double LoadFactor => _records.LoadFactor;

    /// <inheritdoc cref="RecordTable.Bytes"/>
    public long Bytes => _records.Bytes;

    /// <summary>The records, for tests.</summary>
    internal RecordTable Records => _records;

    /// <inheritdoc cref="RecordTable.BeginRead"/>
    public SerialLookup BeginRead(in SerialNumber serial) => _records.BeginRead(in serial);

    /// <inheritdoc cref="RecordTable.TryRead(in SerialLookup, int, Span{byte}, out CertificateRecord)"/>
    public bool TryRead(in SerialLookup lookup, int index, Span<byte> signature, out CertificateRecord record) =>
        _records.TryRead(in lookup, index, signature, out record);

    /// <summary>Reads a record without a signature.</summary>
    public bool TryRead(in SerialNumber serial, out CertificateRecord record) => _records.TryRead(_records.BeginRead(in serial), 0, [], out record);

    /// <inheritdoc cref="RecordTable.TryRead(uint, out SerialNumber, out CertificateRecord)"/>
    public bool TryRead(uint slot, out SerialNumber serial, out CertificateRecord record) => _records.TryRead(slot, out serial, out record);

    /// <summary>How long signatures are that can be published.</summary>
    public int SignatureLength => _records.Store.Layout.SignatureLength;

    /// <summary>How long signatures are from now on; earlier records keep their length.</summary>
    public void SetSignatureLength(int length)
    {
        lock (_writing)
        {
            _records.Store.Layout = _records.Store.Layout with { SignatureLength = length };
        }
    }

    /// <summary>Begins another set of changes: a reading of the source that ends later vouches for them.</summary>
    public void BeginChanges()
    {
        lock (_writing)
        {
            _change++;
        }
    }

    /// <summary>Applies what a source says of a certificate. Only a hold can be released (architecture rule 3).</summary>
    /// <param name="change">The certificate and its status.</param>
    /// <param name="slot">Where the record is.</param>
    /// <remarks>A certificate that was added waits to be signed; so does one that has changed, but the caller is to see to it that it comes first.</remarks>
    public StatusUpdate Apply(in StatusChange change, out uint slot)
    {
        var key = new SerialKey(change.Serial);
        CertificateStatus status = RareStatuses.Normalize(change.Status);
        uint notAfter = ToSeconds(change.NotAfter);
        lock (_writing)
        {
            StatusUpdate update = Apply(in key, in status, notAfter, out slot);
            _seen?.Set(slot, true);
            return update;
        }
    }

    /// <summary>Puts signatures to a record, unless it has changed since it was read, or has newer ones.</summary>
    /// <param name="place">The record.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="signatures">All that the record has, one behind the other, in the form in which they are stored.</param>
    /// <returns><see langword="false"/> when the signatures are of no use.</returns>
    public bool TryPublish(RecordPlace place, SigningBatch batch, ReadOnlySpan<byte> signatures)
    {
        lock (_writing)
        {
            RecordLayout layout = _records.Store.Layout;
            if (!_records.Holds(place) || layout.SignatureLength != batch.SignatureForm.Length || signatures.Length != layout.SignatureCount * layout.SignatureLength
                || _records.Groups.FindBatch(_records.At(place.Slot)->Group)?.Number > batch.Number)
            {
                return false;
            }

            Regroup(place.Slot, _records.Groups.Find(batch), signatures);
            return true;
        }
    }

    /// <summary>Takes a record out of its batch: nobody signs it again, as it has expired.</summary>
    public void SetAside(RecordPlace place)
    {
        lock (_writing)
        {
            if (_records.Holds(place))
            {
                Regroup(place.Slot, RecordGroups.Expired, []);
            }
        }
    }

    /// <summary>Lets records wait to be signed again that were set aside and are valid all the same: the clock was wrong.</summary>
    public void Recall(DateTimeOffset now)
    {
        lock (_writing)
        {
            (uint first, uint last) = _records.Groups[RecordGroups.Expired].TakeRange();
            for (uint slot = first; slot <= last && slot < _records.Store.SlotLimit; slot++)
            {
                if (_records.IsPublished(slot) && _records.At(slot)->Group == RecordGroups.Expired)
                {
                    if (_records.At(slot)->NotAfter >= now.ToUnixTimeSeconds())
                    {
                        Regroup(slot, RecordGroups.Waiting, []);
                    }
                    else
                    {
                        _records.Groups[RecordGroups.Expired].Extend(slot, _records.At(slot)->Change);
                    }
                }
            }
        }
    }

    /// <summary>Takes in hand a range of slots with records of a group.</summary>
    public (uint First, uint Last) TakeRange(uint group)
    {
        lock (_writing)
        {
            return _records.Groups[group].TakeRange();
        }
    }

    /// <summary>Whether a group may have records that nobody has in hand.</summary>
    /// <param name="group">The group.</param>
    /// <param name="lastChange">What has changed later does not count.</param>
    public bool HasRange(uint group, uint lastChange)
    {
        lock (_writing)
        {
            return _records.Groups[group].HasRange(lastChange);
        }
    }

    /// <summary>Collects slots of a group from a range in hand, which begins behind the last of them afterwards.</summary>
    /// <param name="group">The group.</param>
    /// <param name="lastChange">What has changed later is given back.</param>
    /// <param name="range">The range.</param>
    /// <param name="maxCount">How many slots are wanted.</param>
    /// <param name="slots">Receives them.</param>
    public void Collect(uint group, uint lastChange, ref (uint First, uint Last) range, int maxCount, List<uint> slots)
    {
        while (range.First <= range.Last && slots.Count < maxCount)
        {
            if (_records.IsInGroup(range.First, group, out uint change))
            {
                if (change <= lastChange)
                {
                    slots.Add(range.First);
                }
                else
                {
                    GiveBack([range.First]);
                }
            }

            range.First++;
        }
    }

    /// <summary>What was in hand is not any more.</summary>
    public void GiveBack(ReadOnlySpan<uint> slots)
    {
        lock (_writing)
        {
            foreach (uint slot in slots)
            {
                if (_records.IsPublished(slot))
                {
                    _records.Groups[_records.At(slot)->Group].Extend(slot, _records.At(slot)->Change);
                }
            }
        }
    }

    /// <summary>Removes what has expired, in a part of the slots.</summary>
    /// <param name="before">What was valid at that time stays.</param>
    /// <param name="first">The first slot to look at; afterwards the first of the next part, 0 when there is none.</param>
    /// <param name="count">How many slots to look at.</param>
    public void RemoveExpired(DateTimeOffset before, ref uint first, uint count)
    {
        lock (_writing)
        {
            uint end = Math.Min(first + count, _records.Store.SlotLimit);
            for (; first < end; first++)
            {
                if (_records.IsPublished(first) && _records.At(first)->NotAfter < before.ToUnixTimeSeconds())
                {
                    Remove(first);
                }
            }

            first = first < _records.Store.SlotLimit ? first : 0;
        }
    }

    /// <summary>What the table is at this moment, for a snapshot.</summary>
    /// <param name="purpose">Of which issuer, and for which answers.</param>
    /// <param name="position">Where the source was before this moment.</param>
    public TablePicture TakePicture(string purpose, SourcePosition position)
    {
        lock (_writing)
        {
            return _records.TakePicture(purpose, position, _change, () =>
            {
                lock (_writing)
                {
                    _records.Store.LetGo();
                }
            });
        }
    }

    /// <summary>Takes over what a snapshot holds, before anything is applied.</summary>
    public void Restore(LoadedTable loaded)
    {
        lock (_writing)
        {
            _records.Restore(loaded);
            _change = loaded.Contents.LastChange;
            _revoked = loaded.RevokedCount;
        }
    }

    /// <summary>The group of the batch that is due first, of those that have records that nobody has in hand and the reading vouches for.</summary>
    /// <param name="now">The time.</param>
    /// <param name="soon">Those count too that are due by then.</param>
    /// <param name="reading">What the source said last.</param>
    public uint? FindDue(DateTimeOffset now, DateTimeOffset soon, in SourceReading reading)
    {
        lock (_writing)
        {
            return _records.Groups.FindDue(now, soon, in reading);
        }
    }

    private StatusUpdate Apply(in SerialKey key, in CertificateStatus status, uint notAfter, out uint slot)
    {
        if (!_records.TryFind(in key, out slot))
        {
            RecordHeader added = default;
            added.SetKey(in key);
            _records.Rare.Encode(in status, ref added);
            (added.NotAfter, added.Change, added.Group) = (notAfter, _change, RecordGroups.Waiting);
            slot = _records.Add(in added, isInHand: false);
            _revoked += status.IsRevoked ? 1 : 0;
            return StatusUpdate.Added;
        }

        RecordHeader header = *_records.At(slot);
        CertificateStatus known = _records.Rare.Decode(in header);
        if (known == status)
        {
            slot = header.NotAfter == notAfter ? slot : SetNotAfter(slot, header, notAfter);
            return StatusUpdate.Unchanged;
        }

        if (known is { IsRevoked: true, IsOnHold: false } && status is not { IsRevoked: true, IsOnHold: false })
        {
            return StatusUpdate.Refused;
        }

        _records.Rare.Encode(in status, ref header);
        (header.NotAfter, header.Change, header.Group) = (notAfter, _change, RecordGroups.Waiting);
        slot = _records.Replace(slot, in header, [], isInHand: true);
        _revoked += (status.IsRevoked ? 1 : 0) - (known.IsRevoked ? 1 : 0);
        return StatusUpdate.Changed;
    }

    /// <summary>The end of the validity is no part of an answer: signatures stay.</summary>
    private uint SetNotAfter(uint slot, RecordHeader header, uint notAfter)
    {
        ReadOnlySpan<byte> signatures = _records.SignaturesOf(slot);
        header.NotAfter = notAfter;
        header.Group = header.Group == RecordGroups.Expired || signatures.IsEmpty ? RecordGroups.Waiting : header.Group;
        return _records.Replace(slot, in header, signatures, isInHand: false);
    }

    private void Regroup(uint slot, uint group, ReadOnlySpan<byte> signatures)
    {
        RecordHeader header = *_records.At(slot);
        header.Group = group;
        bool wasSeen = _seen?.Contains(slot) == true;
        uint moved = _records.Replace(slot, in header, signatures, isInHand: false);
        _seen?.Set(moved, wasSeen);
    }

    private void Remove(uint slot)
    {
        _revoked -= _records.At(slot)->IsRevoked ? 1 : 0;
        _records.Remove(slot);
    }

    private static uint ToSeconds(DateTimeOffset notAfter) => (uint)Math.Clamp(notAfter.ToUnixTimeSeconds(), 0, RecordHeader.Never);

    private static DateTimeOffset ToTime(uint notAfter) => notAfter == RecordHeader.Never ? DateTimeOffset.MaxValue : DateTimeOffset.FromUnixTimeSeconds(notAfter);
}
