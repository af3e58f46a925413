namespace PkiCore.Serving.Storage;

/// <summary>
/// The records of a table by what they are signed in: a group for each batch of which records are left, one for those that wait to be signed, and one for
/// those that nobody signs, because they have expired. One writer; a group's batch is read without a lock.
/// </summary>
internal sealed class RecordGroups
{
    /// <summary>The number of the group that waits to be signed.</summary>
    public const uint Waiting = 0;

    /// <summary>The number of the group that is not signed.</summary>
    public const uint Expired = 1;

    /// <summary>The groups of batches have numbers from here on.</summary>
    public const uint FirstOfBatches = 2;

    private readonly List<RecordGroup> _groups = [new(), new()];
    private readonly Stack<uint> _free = new();
    private volatile SigningBatch?[] _batches = [null, null];

    public RecordGroup this[uint number] => _groups[(int)number];

    /// <summary>The numbers of the groups of batches.</summary>
    public IEnumerable<uint> OfBatches
    {
        get
        {
            for (uint number = FirstOfBatches; number < _groups.Count; number++)
            {
                if (_batches[number] is not null)
                {
                    yield return number;
                }
            }
        }
    }

    /// <summary>The batch of a group, for a reader; it counts only if the record that named the group was still published afterwards.</summary>
    public SigningBatch? FindBatch(uint number)
    {
        SigningBatch?[] batches = _batches;
        return number < (uint)batches.Length ? batches[number] : null;
    }

    /// <summary>All batches with the numbers of their groups, in the order in which they were signed.</summary>
    public IReadOnlyList<(uint Group, SigningBatch Batch)> Copy() =>
        [.. OfBatches.Select(number => (number, _batches[number]!)).OrderBy(entry => entry.Item2.Number)];

    /// <inheritdoc cref="CertificateTable.FindDue"/>
    public uint? FindDue(DateTimeOffset now, DateTimeOffset soon, in SourceReading reading)
    {
        uint? first = null;
        DateTimeOffset refreshAt = DateTimeOffset.MaxValue;
        foreach (uint group in OfBatches)
        {
            SigningBatch batch = _batches[group]!;
            if (batch.IsDue(now, soon, in reading) && batch.RefreshAt < refreshAt && this[group].HasRange(reading.LastChange)) // a batch may rest on a later reading: the clock was set back since
            {
                (first, refreshAt) = (group, batch.RefreshAt);
            }
        }

        return first;
    }

    /// <summary>Takes over what a snapshot holds.</summary>
    public void Restore(IReadOnlyList<(uint Group, SigningBatch Batch)> batches, Func<uint, (int Count, uint First, uint Last)> find)
    {
        uint limit = batches.Select(entry => entry.Group + 1).DefaultIfEmpty(FirstOfBatches).Max();
        var all = new SigningBatch?[limit];
        foreach ((uint group, SigningBatch batch) in batches.Where(entry => find(entry.Group).Count > 0))
        {
            all[group] = batch;
            batch.Group = group;
        }

        _groups.Clear();
        _free.Clear();
        for (uint number = 0; number < limit; number++)
        {
            (int count, uint first, uint last) = find(number);
            _groups.Add(new RecordGroup());
            _groups[^1].Restore(count, first, last);
            if (number >= FirstOfBatches && all[number] is null)
            {
                _free.Push(number);
            }
        }

        _batches = all;
    }

    /// <summary>The group of a batch; a new one if it has none.</summary>
    public uint Find(SigningBatch batch)
    {
        if (batch.Group < (uint)_batches.Length && _batches[batch.Group] == batch)
        {
            return batch.Group;
        }

        if (!_free.TryPop(out uint number))
        {
            number = (uint)_groups.Count;
            _groups.Add(new RecordGroup());
        }

        SigningBatch?[] batches = _batches;
        if (number >= batches.Length)
        {
            Array.Resize(ref batches, batches.Length * 2);
        }

        Volatile.Write(ref batches[number], batch);
        _batches = batches;
        batch.Group = number;
        return number;
    }

    /// <summary>A record has left a group; the last one takes it along.</summary>
    public void Leave(uint number)
    {
        RecordGroup group = _groups[(int)number];
        group.Remove();
        if (number >= FirstOfBatches && group.Count == 0)
        {
            group.TakeRange();
            _batches[number] = null;
            _free.Push(number);
        }
    }
}
