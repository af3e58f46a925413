using System.Buffers.Binary;
using System.Collections.Concurrent;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Serving;

/// <summary>
/// The certificates of one issuer, by serial number, with their signatures. Reading takes no lock and never sees a record half-changed:
/// records are immutable and replaced whole. Writers take turns.
/// </summary>
internal sealed class CertificateTable
{
    private readonly ConcurrentDictionary<SerialNumber, Entry> _entries = new();
    private readonly Queue<SigningBatch> _batches = new(); // oldest first; those without records are dropped when they come to the front
    private readonly Lock _writing = new();
    private SigningBatch? _newestBatch;
    private long _version;
    private int _revoked;
    private int _unsigned;

    /// <summary>How many certificates there are.</summary>
    public int Count => _entries.Count;

    /// <summary>Higher after every change of a status.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>How many of them are revoked.</summary>
    public int RevokedCount => Volatile.Read(ref _revoked);

    /// <summary>How many of them have no signature.</summary>
    public int UnsignedCount => Volatile.Read(ref _unsigned);

    /// <summary>Reads a record and copies one of its signatures.</summary>
    /// <param name="serial">The certificate.</param>
    /// <param name="index">Which of the signatures that were published together.</param>
    /// <param name="signature">Receives it; <see cref="ResponderIdentity.MaxSignatureLength"/> bytes are enough, none are needed when it is of no interest.</param>
    /// <param name="record">The record.</param>
    public bool TryRead(in SerialNumber serial, int index, Span<byte> signature, out CertificateRecord record)
    {
        if (!_entries.TryGetValue(serial, out Entry? entry))
        {
            record = default;
            return false;
        }

        record = entry.ToRecord(entry.Signatures is { } signatures && !signature.IsEmpty ? Unpack(signatures, index, signature) : 0);
        return true;
    }

    /// <summary>Reads a record without a signature.</summary>
    public bool TryRead(in SerialNumber serial, out CertificateRecord record) => TryRead(in serial, 0, [], out record);

    /// <summary>Applies what a source says of a certificate. Only a hold can be released (architecture rule 3).</summary>
    /// <param name="change">The certificate and its status.</param>
    /// <param name="readAt">When the source was read, on the timeline of <see cref="SourceState"/>.</param>
    /// <param name="reading">The number of the complete reading it is part of; see <see cref="SweepUnseen"/>.</param>
    public StatusUpdate Apply(in StatusChange change, long readAt, long reading)
    {
        lock (_writing)
        {
            if (!_entries.TryGetValue(change.Serial, out Entry? known))
            {
                Put(change.Serial, null, new Entry(change.Status, change.NotAfter, readAt, ++_version, null, null) { LastSeen = reading });
                return StatusUpdate.Added;
            }

            known.LastSeen = reading;
            if (known.Status == change.Status && known.NotAfter == change.NotAfter)
            {
                return StatusUpdate.Unchanged;
            }

            if (known.Status is { IsRevoked: true, IsOnHold: false } && change.Status is not { IsRevoked: true, IsOnHold: false })
            {
                return StatusUpdate.Refused;
            }

            Put(change.Serial, known, new Entry(change.Status, change.NotAfter, readAt, ++_version, null, null) { LastSeen = reading });
            return StatusUpdate.Changed;
        }
    }

    /// <summary>Puts signatures to a record, unless it has changed since it was read, or has newer ones.</summary>
    /// <returns><see langword="false"/> when the version is no longer the one that was signed, or a later batch came first: the signatures are of no use.</returns>
    public bool TryPublish(in SerialNumber serial, long version, SigningBatch batch, params byte[][] signatures)
    {
        lock (_writing)
        {
            if (!_entries.TryGetValue(serial, out Entry? known) || known.Version != version || known.Batch?.Number > batch.Number)
            {
                return false;
            }

            if (batch.RecordCount == 0)
            {
                _batches.Enqueue(batch);
                Volatile.Write(ref _newestBatch, batch);
            }

            Put(serial, known, new Entry(known.Status, known.NotAfter, known.ChangedAt, version, batch, Pack(signatures)) { LastSeen = known.LastSeen });
            return true;
        }
    }

    /// <summary>Takes the signatures from a record that nobody signs again, so that its batch can go.</summary>
    public void RemoveSignatures(in SerialNumber serial, long version)
    {
        lock (_writing)
        {
            if (_entries.TryGetValue(serial, out Entry? known) && known.Version == version && known.Batch is not null)
            {
                Put(serial, known, new Entry(known.Status, known.NotAfter, known.ChangedAt, version, null, null) { LastSeen = known.LastSeen });
            }
        }
    }

    /// <summary>After a complete reading: certificates that it did not name keep their status, but those that have expired go.</summary>
    /// <returns>The serial numbers that were not named and stay.</returns>
    public IReadOnlyList<SerialNumber> SweepUnseen(long reading, DateTimeOffset now)
    {
        var vanished = new List<SerialNumber>();
        lock (_writing)
        {
            foreach ((SerialNumber serial, Entry entry) in _entries)
            {
                if (entry.LastSeen == reading)
                {
                    continue;
                }

                if (entry.NotAfter < now)
                {
                    Put(serial, entry, null);
                }
                else
                {
                    vanished.Add(serial);
                }
            }
        }

        return vanished;
    }

    /// <summary>The oldest batch of which a record is left.</summary>
    public SigningBatch? FindOldestBatch()
    {
        lock (_writing)
        {
            while (_batches.TryPeek(out SigningBatch? oldest))
            {
                if (oldest.RecordCount > 0)
                {
                    return oldest;
                }

                _batches.Dequeue();
            }

            return null;
        }
    }

    /// <summary>Whether any record has an answer that may be served.</summary>
    public bool HasUsableAnswer(DateTimeOffset now)
    {
        lock (_writing)
        {
            return _batches.Any(batch => batch.RecordCount > 0 && batch.IsUsable(now));
        }
    }

    /// <summary>The newest batch of which a record may be left.</summary>
    public SigningBatch? FindNewestBatch() => Volatile.Read(ref _newestBatch);

    /// <summary>All records, in no order; those that change meanwhile appear as they were or as they are.</summary>
    public IEnumerable<(SerialNumber Serial, CertificateRecord Record)> ReadAll() =>
        _entries.Select(pair => (pair.Key, pair.Value.ToRecord(0)));

    /// <summary>Replaces an entry and keeps the counts. The caller holds the lock.</summary>
    private void Put(SerialNumber serial, Entry? before, Entry? after)
    {
        if (after is null)
        {
            _entries.TryRemove(serial, out _);
        }
        else
        {
            _entries[serial] = after;
        }

        Tally(before, -1);
        Tally(after, +1);
    }

    private void Tally(Entry? entry, int change)
    {
        _revoked += entry is { Status.IsRevoked: true } ? change : 0;
        _unsigned += entry is { Batch: null } ? change : 0;
        if (entry?.Batch is { } batch)
        {
            batch.RecordCount += change;
        }
    }

    /// <summary>Signatures one behind the other, each after its length in two bytes: one place in memory to go to.</summary>
    private static byte[] Pack(byte[][] signatures)
    {
        byte[] packed = new byte[signatures.Sum(signature => sizeof(ushort) + signature.Length)];
        Span<byte> rest = packed;
        foreach (byte[] signature in signatures)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(rest, (ushort)signature.Length);
            signature.CopyTo(rest[sizeof(ushort)..]);
            rest = rest[(sizeof(ushort) + signature.Length)..];
        }

        return packed;
    }

    private static int Unpack(ReadOnlySpan<byte> packed, int index, Span<byte> signature)
    {
        int length = BinaryPrimitives.ReadUInt16LittleEndian(packed);
        for (; index > 0; index--)
        {
            packed = packed[(sizeof(ushort) + length)..];
            length = BinaryPrimitives.ReadUInt16LittleEndian(packed);
        }

        packed.Slice(sizeof(ushort), length).CopyTo(signature);
        return length;
    }

    private sealed record Entry(
        CertificateStatus Status, DateTimeOffset NotAfter, long ChangedAt, long Version, SigningBatch? Batch, byte[]? Signatures)
    {
        /// <summary>The last complete reading that named it; only writers look at it.</summary>
        public long LastSeen { get; set; }

        public CertificateRecord ToRecord(int signatureLength) => new(Status, NotAfter, ChangedAt, Version, Batch, signatureLength);
    }
}
