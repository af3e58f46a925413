using PkiCore.Serving;
using PkiCore.Serving.Storage;
using PkiCore.Tests.Serving.Storage;
using static PkiCore.Tests.Serving.Storage.TableTesting;

namespace PkiCore.Tests.Serving;

public sealed class PresignQueueTests
{
    private readonly CertificateTable _table = new(signatureCount: 1, segmentBits: 3);
    private readonly PresignQueue _queue;

    public PresignQueueTests() => _queue = new PresignQueue(_table, TimeSpan.Zero);

    [Fact]
    public void What_no_reading_has_confirmed_is_not_to_be_taken()
    {
        _table.BeginChanges();
        for (int i = 0; i < 20; i++)
        {
            _table.Apply(Good(i), out _);
        }

        // A queue that is not empty and gives nothing would have threads come and go without end.
        Assert.True(_queue.IsEmpty(Start, UpTo(0)));
        Assert.Equal(0, _queue.Take(100, Start, UpTo(0)).Count);
        Assert.True(_queue.IsEmpty(Start, UpTo(0)));
        Assert.False(_queue.IsEmpty(Start, UpTo(1)));
        Assert.Equal(20, _queue.Take(100, Start, UpTo(1)).Count);
        Assert.True(_queue.IsEmpty(Start, UpTo(1)));
    }

    [Fact]
    public void What_is_confirmed_is_taken_from_between_what_is_not()
    {
        _table.BeginChanges();
        _table.Apply(Good(1), out _);
        _table.BeginChanges();
        _table.Apply(Good(2), out _);
        _table.Apply(Good(3), out _);

        Assert.Equal(1, _queue.Take(100, Start, UpTo(1)).Count);
        Assert.Equal(0, _queue.Take(100, Start, UpTo(1)).Count);
        Assert.True(_queue.IsEmpty(Start, UpTo(1)));
        Assert.Equal(2, _queue.Take(100, Start, UpTo(2)).Count);
    }

    [Fact]
    public void What_is_given_back_is_taken_again()
    {
        _table.Apply(Good(1), out _);
        _table.Apply(Good(2), out _);
        PresignBatch batch = _queue.Take(100, Start, UpTo(0));
        batch.Drop();
        batch.GiveBack(_queue);

        Assert.False(_queue.IsEmpty(Start, UpTo(0)));
        Assert.Equal(1, _queue.Take(100, Start, UpTo(0)).Count);
    }

    [Fact]
    public void The_batch_that_is_due_first_comes_first_and_what_is_not_due_does_not()
    {
        for (int i = 0; i < 3; i++)
        {
            _table.Apply(Good(i), out _);
        }

        _table.Publish(0, Batch(now: Start.AddDays(1)));
        _table.Publish(1, Batch(now: Start));
        _table.Publish(2, Batch(now: Start.AddDays(30)));
        DateTimeOffset later = Start.AddDays(30);

        Assert.Equal([1, 0], TakeAll(later));
        Assert.True(_queue.IsEmpty(later, UpTo(0)));
    }

    [Fact]
    public void After_the_clock_was_set_back_all_that_was_signed_later_is_due()
    {
        _table.Apply(Good(1), out _);
        _table.Publish(1, Batch(now: Start.AddDays(1)));
        _ = _queue.Take(100, Start.AddDays(1), UpTo(0));

        Assert.Equal([1], TakeAll(Start));
    }

    /// <summary>The latest reading is in the future then, and the one before it knows nothing of what was signed since.</summary>
    [Fact]
    public async Task After_the_clock_was_set_back_what_an_earlier_reading_does_not_vouch_for_waits_for_the_next_one()
    {
        _table.BeginChanges();
        _table.Apply(Good(1), out _);
        _table.BeginChanges();
        _table.Apply(Good(2), out _);
        _table.Publish(1, Batch(lastChange: 2, now: Start.AddDays(1)));
        _table.Publish(2, Batch(lastChange: 2, now: Start.AddDays(1)));

        // A thread that looked for more would do so for ever, and keep the lock that all others need.
        PresignBatch first = await Task.Run(() => _queue.Take(100, Start, UpTo(1)), TestContext.Current.CancellationToken).WaitAsync(TestRig.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(1, first.Count);
        Assert.Equal(0, _queue.Take(100, Start, UpTo(1)).Count);
        Assert.True(_queue.IsEmpty(Start, UpTo(1)));
        Assert.False(_queue.IsEmpty(Start, UpTo(2)));
        Assert.Equal(1, _queue.Take(100, Start, UpTo(2)).Count);
    }

    private static SourceReading UpTo(uint lastChange) => new() { LastChange = lastChange };

    private List<int> TakeAll(DateTimeOffset now)
    {
        var numbers = new List<int>();
        while (_queue.Take(100, now, UpTo(0)) is { Count: > 0 } batch)
        {
            while (batch.TryGetNext(out uint slot, out _))
            {
                batch.Drop();
                Assert.True(_table.TryRead(slot, out PkiCore.X509.SerialNumber serial, out _));
                numbers.Add(Enumerable.Range(0, 10).Single(number => Serial(number) == serial));
            }
        }

        return numbers;
    }
}
