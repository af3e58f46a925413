using PkiCore.Serving.Storage;

namespace PkiCore.Serving;

/// <summary>
/// What is to be signed for one issuer, in this order: certificates that have changed, because until then there is no ready answer; new ones; and those
/// whose answers are getting old, by the batch that is due first. Only the changed ones are listed; the others are found in the table. Safe for use from
/// several threads.
/// </summary>
/// <param name="table">Where the certificates are.</param>
/// <param name="foresight">What is due so soon is signed again along with what is due: else the answers of each single change would stay a batch of their own.</param>
internal sealed class PresignQueue(CertificateTable table, TimeSpan foresight)
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<Changed, uint> _changed = new(); // the earliest change first: it is confirmed first
    private readonly Search _waiting = new();
    private readonly Search _due = new();

    /// <summary>How many changed certificates wait.</summary>
    public int ChangedCount
    {
        get
        {
            lock (_lock)
            {
                return _changed.Count;
            }
        }
    }

    /// <summary>Whether there is nothing to be taken.</summary>
    /// <param name="now">The time.</param>
    /// <param name="reading">What the source said last: what has changed later must not be signed.</param>
    public bool IsEmpty(DateTimeOffset now, in SourceReading reading)
    {
        lock (_lock)
        {
            return !HasChanged(reading.LastChange) && !_waiting.IsOpen && !_due.IsOpen
                && !table.HasRange(RecordGroups.Waiting, reading.LastChange) && table.FindDue(now, now, in reading) is null;
        }
    }

    public void AddChanged(Changed changed)
    {
        lock (_lock)
        {
            _changed.Enqueue(changed, changed.Change);
        }
    }

    /// <summary>Takes up to so many certificates of the first kind that there is.</summary>
    /// <param name="maxCount">How many.</param>
    /// <param name="now">The time.</param>
    /// <param name="reading">What the source said last: what has changed later must not be signed.</param>
    public PresignBatch Take(int maxCount, DateTimeOffset now, in SourceReading reading)
    {
        SourceReading last = reading;
        uint lastChange = reading.LastChange;
        var changed = new List<Changed>();
        var slots = new List<uint>();
        lock (_lock)
        {
            while (changed.Count < maxCount && HasChanged(lastChange))
            {
                changed.Add(_changed.Dequeue());
                slots.Add(changed[^1].Slot);
            }

            if (slots.Count == 0)
            {
                _waiting.TakeTo(slots, table, maxCount, lastChange, () => table.HasRange(RecordGroups.Waiting, lastChange) ? RecordGroups.Waiting : null);
            }

            if (slots.Count == 0)
            {
                _due.TakeTo(slots, table, maxCount, lastChange, () => table.FindDue(now, slots.Count == 0 ? now : now + foresight, in last));
            }
        }

        return new PresignBatch([.. slots], [.. changed]);
    }

    /// <param name="slots">Slots that were taken and not signed.</param>
    public void GiveBack(ReadOnlySpan<uint> slots) => table.GiveBack(slots);

    private bool HasChanged(uint lastChange) => _changed.TryPeek(out _, out uint change) && change <= lastChange;

    /// <summary>Goes through the slots between the first and the last record of a group. What came meanwhile is found by the next search.</summary>
    private sealed class Search
    {
        private (uint First, uint Last) _range = (1, 0);
        private uint _group;

        public bool IsOpen => _range.First <= _range.Last;

        public void TakeTo(List<uint> slots, CertificateTable table, int maxCount, uint lastChange, Func<uint?> findGroup)
        {
            while (slots.Count < maxCount)
            {
                if (!IsOpen && findGroup() is { } group)
                {
                    (_group, _range) = (group, table.TakeRange(group));
                }

                if (!IsOpen)
                {
                    return;
                }

                table.Collect(_group, lastChange, ref _range, maxCount, slots);
            }
        }
    }
}

/// <summary>A certificate that has changed.</summary>
/// <param name="Slot">The slot of its record.</param>
/// <param name="Change">The number of the change.</param>
/// <param name="At">When it was applied, as <see cref="TimeProvider.GetTimestamp"/> tells.</param>
internal readonly record struct Changed(uint Slot, uint Change, long At)
{
    /// <summary>
    /// Whether it was signed already, or there is another record in its slot by now, which is looked after for itself. Whoever kept it until that one is due
    /// would sign nothing else before then: what has changed comes first.
    /// </summary>
    public bool IsOver(in CertificateRecord record) => record.Change != Change || record.Batch is not null;
}
