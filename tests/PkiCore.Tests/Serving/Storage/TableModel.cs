using PkiCore.Serving;
using PkiCore.Serving.Storage;
using PkiCore.Status;
using PkiCore.X509;
using static PkiCore.Tests.Serving.Storage.TableTesting;

namespace PkiCore.Tests.Serving.Storage;

/// <summary>A table with its queue, and what has to be in it. It signs as <see cref="Presigner"/> does.</summary>
internal sealed class TableModel
{
    private readonly Dictionary<int, Entry> _model = [];
    private readonly Dictionary<SerialNumber, int> _numbers = [];
    private readonly CertificateTable _table;
    private readonly PresignQueue _queue;
    private HashSet<int>? _seen;
    private uint _confirmed;

    public TableModel(Random random, int segmentBits, int certificates)
    {
        Random = random;
        Certificates = certificates;
        _table = new CertificateTable(signatureCount: 1, segmentBits);
        _queue = new PresignQueue(_table, TimeSpan.Zero);
    }

    public Random Random { get; }

    public int Certificates { get; }

    public DateTimeOffset Now { get; set; } = Start;

    public void Apply(int number, CertificateStatus status, DateTimeOffset notAfter)
    {
        StatusUpdate expected = ApplyToModel(number, status, notAfter);
        Assert.Equal(expected, _table.Apply(new StatusChange(Serial(number), status, notAfter), out uint slot));
        if (expected == StatusUpdate.Changed)
        {
            _queue.AddChanged(new Changed(slot, _table.LastChange, 0));
        }
    }

    public void BeginChanges() => _table.BeginChanges();

    /// <summary>A reading ends that vouches for all so far.</summary>
    public void Confirm() => _confirmed = _table.LastChange;

    /// <summary>Takes some and signs them; the signer may give up after a few.</summary>
    /// <returns>How many were signed or set aside.</returns>
    public int Sign(int maxCount, int givesUpAfter)
    {
        PresignBatch batch = _queue.Take(maxCount, Now, new SourceReading { LastChange = _confirmed });
        SigningBatch signing = Batch(_table.SignatureLength, _confirmed, Now);
        int done = 0;
        while (batch.TryGetNext(out uint slot, out Changed? changed) && (givesUpAfter != 1 || done < 3))
        {
            done += TrySign(batch, signing, slot, changed) ? 1 : 0;
        }

        if (givesUpAfter == 2)
        {
            batch.GiveAllBack(_queue);
        }

        batch.GiveBack(_queue);
        return done;
    }

    /// <summary>Signs until there is nothing left to do: each record once, and then none is left that should have been.</summary>
    public void SignAll()
    {
        BeginChanges();
        Confirm();
        Recall();
        int most = _model.Count;
        int done = 0;
        for (int takes = 0; !_queue.IsEmpty(Now, new SourceReading { LastChange = _confirmed }); takes++)
        {
            done += Sign(8192, 0);
            Assert.True(takes < 20_000, "the queue is never empty");
        }

        Assert.True(done <= most, $"{done} of {most} were signed");
        Assert.Empty(_model.Where(pair => pair.Value.Batch is null && !pair.Value.IsAside).Select(pair => pair.Key));
        Assert.Empty(_model.Where(pair => pair.Value.IsAside != pair.Value.HasExpired(Now) && pair.Value.Batch?.IsDue(Now, Now) != false).Select(pair => pair.Key));
        Assert.DoesNotContain(_model.Values, entry => entry.Batch?.IsDue(Now, Now) == true);
        Assert.Equal((0, 0), (_table.WaitingCount, _table.CountDue(Now)));
    }

    public void Recall()
    {
        _table.Recall(Now);
        foreach (Entry entry in _model.Values.Where(entry => entry.IsAside && !entry.HasExpired(Now)))
        {
            (entry.IsAside, entry.Length) = (false, _table.SignatureLength);
        }
    }

    public void SetSignatureLength(int length) => _table.SetSignatureLength(length);

    public void BeginReading()
    {
        _table.BeginReading();
        _seen = [];
    }

    public void EndReading(bool isComplete)
    {
        int[] unseen = isComplete && _seen is not null ? [.. _model.Keys.Where(number => !_seen.Contains(number))] : [];
        int[] expired = [.. unseen.Where(number => _model[number].HasExpired(Now))];
        (int count, IReadOnlyList<SerialNumber> examples) = _table.EndReading(isComplete, Now, 3);
        _seen = null;
        Assert.Equal(unseen.Length - expired.Length, count);
        Assert.All(examples, serial => Assert.Contains(_numbers[serial], unseen.Except(expired)));
        Assert.Equal(Math.Min(3, count), examples.Count);
        foreach (int number in expired)
        {
            _model.Remove(number);
        }
    }

    public void RemoveExpired(uint count)
    {
        DateTimeOffset before = Now.AddDays(-2);
        uint first = 0;
        do
        {
            _table.RemoveExpired(before, ref first, count);
        }
        while (first != 0);
        foreach (int number in _model.Where(pair => pair.Value.HasExpired(before)).Select(pair => pair.Key).ToArray())
        {
            _model.Remove(number);
        }
    }

    public void Check()
    {
        byte[] signature = new byte[ResponderIdentity.MaxSignatureLength];
        for (int number = 0; number < Certificates; number++)
        {
            SerialNumber serial = Serial(number);
            bool isThere = _table.TryRead(_table.BeginRead(serial), 0, signature, out CertificateRecord record);
            Assert.Equal(_model.TryGetValue(number, out Entry? entry), isThere);
            if (entry is not null)
            {
                Assert.Equal((entry.Status, (uint)entry.NotAfter.ToUnixTimeSeconds(), entry.Change), (record.Status, record.NotAfter, record.Change));
                Assert.Same(entry.Batch, record.Batch);
                Assert.Equal(entry.Batch?.SignatureForm.Length ?? 0, record.SignatureLength);
                Assert.Equal(-1, signature.AsSpan(0, record.SignatureLength).IndexOfAnyExcept(entry.Octet));
            }
        }

        Assert.Equal(_model.Count, _table.Count);
        Assert.Equal(_model.Values.Count(entry => entry.Status.IsRevoked), _table.RevokedCount);
        Assert.Equal(_model.Values.Count(entry => entry.Batch is null && !entry.IsAside), _table.WaitingCount);
        Assert.Equal(_model.Values.Count(entry => entry.Batch?.IsUsable(Now) == true), _table.CountUsable(Now));
        Assert.Equal(_model.Values.Count(entry => entry.Batch?.IsDue(Now, Now) == true), _table.CountDue(Now));
        Assert.Equal(_model.Values.Min(entry => entry.Batch?.ProducedAt), _table.FindOldestBatch()?.ProducedAt);
        Assert.True(_table.LoadFactor < 0.9);
    }

    private bool TrySign(PresignBatch batch, SigningBatch signing, uint slot, Changed? changed)
    {
        bool isThere = _table.TryRead(slot, out SerialNumber serial, out CertificateRecord record);
        if (!isThere || changed?.IsOver(in record) == true)
        {
            batch.Drop();
            return false;
        }

        Entry entry = _model[_numbers[serial]];
        if (record.HasExpired(signing.ProducedAt))
        {
            _table.SetAside(record.Place);
            batch.Drop();
            (bool wasAside, entry.IsAside, entry.Batch, entry.Length) = (entry.IsAside, true, null, _table.SignatureLength);
            return !wasAside;
        }

        if (record.Batch?.IsDue(signing.ProducedAt, signing.ProducedAt) == false)
        {
            _queue.GiveBack([slot]);
            batch.Drop();
            return false;
        }

        Assert.True(record.Change <= signing.LastChange, "it was taken, though no reading has confirmed it");
        byte octet = (byte)Random.Next(256);
        Assert.True(_table.TryPublish(record.Place, signing, Signatures(signing, 1, octet)));
        batch.Drop();
        (entry.IsAside, entry.Batch, entry.Octet, entry.Length) = (false, signing, octet, signing.SignatureForm.Length);
        return true;
    }

    private StatusUpdate ApplyToModel(int number, CertificateStatus status, DateTimeOffset notAfter)
    {
        _seen?.Add(number);
        if (!_model.TryGetValue(number, out Entry? entry))
        {
            _model[number] = new Entry { Status = status, NotAfter = notAfter, Change = _table.LastChange, Length = _table.SignatureLength };
            _numbers[Serial(number)] = number;
            return StatusUpdate.Added;
        }

        if (entry.Status == status)
        {
            if (entry.NotAfter != notAfter)
            {
                bool isKept = !entry.IsAside && entry.Length == _table.SignatureLength;
                (entry.NotAfter, entry.Length, entry.IsAside, entry.Batch) = (notAfter, _table.SignatureLength, false, isKept ? entry.Batch : null);
            }

            return StatusUpdate.Unchanged;
        }

        if (entry.Status is { IsRevoked: true, IsOnHold: false } && status is not { IsRevoked: true, IsOnHold: false })
        {
            return StatusUpdate.Refused;
        }

        (entry.Status, entry.NotAfter, entry.Change, entry.Length, entry.IsAside, entry.Batch) = (status, notAfter, _table.LastChange, _table.SignatureLength, false, null);
        return StatusUpdate.Changed;
    }

    private sealed class Entry
    {
        public CertificateStatus Status { get; set; }

        public DateTimeOffset NotAfter { get; set; }

        public uint Change { get; set; }

        public SigningBatch? Batch { get; set; }

        public byte Octet { get; set; }

        /// <summary>For how long signatures its record has room.</summary>
        public int Length { get; set; }

        public bool IsAside { get; set; }

        public bool HasExpired(DateTimeOffset now) => NotAfter < now;
    }
}
