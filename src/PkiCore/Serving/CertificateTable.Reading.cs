using PkiCore.Serving.Storage;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Serving;

/// <content>What a source leaves out when it tells everything it knows.</content>
internal sealed unsafe partial class CertificateTable
{
    /// <summary>The source begins to tell everything it knows.</summary>
    public void BeginReading()
    {
        lock (_writing)
        {
            _seen = new SlotSet();
        }
    }

    /// <summary>The source has told everything, or will not.</summary>
    /// <param name="isComplete">Whether it has: certificates that it did not name keep their status then, but those that have expired go.</param>
    /// <param name="now">The time.</param>
    /// <param name="examples">How many of those that stay are to be named.</param>
    /// <param name="dropsRevoked">Whether the source leaves out revoked certificates once they have expired, as a CRL does: those revoked for good whose end is not known are not missed.</param>
    /// <returns>Those that were not named, and stay, and are missed.</returns>
    public (int Count, IReadOnlyList<SerialNumber> Examples) EndReading(bool isComplete, DateTimeOffset now, int examples, bool dropsRevoked = false)
    {
        var vanished = new List<SerialNumber>();
        int count = 0;
        lock (_writing)
        {
            SlotSet? seen = Interlocked.Exchange(ref _seen, null);
            foreach (uint slot in isComplete && seen is not null ? _records.Slots() : [])
            {
                if (seen!.Contains(slot))
                {
                    continue;
                }

                if (_records.At(slot)->NotAfter < now.ToUnixTimeSeconds())
                {
                    Remove(slot);
                }
                else if (!(dropsRevoked && MayHaveExpired(in *_records.At(slot))) && count++ < examples)
                {
                    vanished.Add(_records.At(slot)->Key.ToSerialNumber());
                }
            }
        }

        return (count, vanished);
    }

    /// <summary>What is on hold and was not named since the source began to tell everything.</summary>
    public IReadOnlyList<StatusChange> FindUnnamedHolds()
    {
        var released = new List<StatusChange>();
        lock (_writing)
        {
            foreach (uint slot in _seen is not null ? _records.Slots() : [])
            {
                RecordHeader header = *_records.At(slot);
                if (header.IsRevoked && !_seen!.Contains(slot) && _records.Rare.Decode(in header).IsOnHold)
                {
                    released.Add(new StatusChange(header.Key.ToSerialNumber(), CertificateStatus.Good, ToTime(header.NotAfter)));
                }
            }
        }

        return released;
    }

    private bool MayHaveExpired(in RecordHeader header) => header.NotAfter == RecordHeader.Never && header.IsRevoked && !_records.Rare.Decode(in header).IsOnHold;
}
