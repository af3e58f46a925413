using PkiCore.Signing;

namespace PkiCore.Tests.Signing;

public sealed class SigningThreadTests
{
    [Fact]
    public void Only_a_thread_in_a_call_that_is_old_enough_can_be_written_off()
    {
        var thread = new SigningThread();
        Assert.False(thread.TryWriteOff(long.MaxValue));

        thread.BeginCall(0);
        Assert.False(thread.TryWriteOff(-1));
        Assert.True(thread.TryGetCall(out long since));
        Assert.Equal(0, since);
        Assert.True(thread.TryEndCall());
        Assert.False(thread.TryWriteOff(long.MaxValue));

        thread.BeginCall(7);
        Assert.True(thread.TryWriteOff(7));
        Assert.True(thread.IsWrittenOff);
    }

    [Fact]
    public void A_thread_that_was_written_off_finds_out_and_stays_so()
    {
        var thread = new SigningThread();
        thread.BeginCall(1);
        Assert.True(thread.TryWriteOff(1));

        Assert.False(thread.TryWriteOff(long.MaxValue));
        Assert.False(thread.TryGetCall(out _));
        Assert.False(thread.TryEndCall());
        Assert.True(thread.IsWrittenOff);
    }

    [Fact]
    public async Task Of_a_return_and_a_write_off_in_one_moment_exactly_one_wins()
    {
        const int rounds = 20_000;
        using var together = new Barrier(2);
        var threads = new SigningThread[rounds];
        bool[] ended = new bool[rounds];
        bool[] writtenOff = new bool[rounds];
        for (int i = 0; i < rounds; i++)
        {
            threads[i] = new SigningThread();
            threads[i].BeginCall(i);
        }

        await Task.WhenAll(Run(i => ended[i] = threads[i].TryEndCall()), Run(i => writtenOff[i] = threads[i].TryWriteOff(i)));

        Assert.All(Enumerable.Range(0, rounds), i => Assert.True(ended[i] != writtenOff[i]));

        Task Run(Action<int> act) => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait(TestContext.Current.CancellationToken);
                for (int i = 0; i < rounds; i++)
                {
                    act(i);
                }
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    [Fact]
    public void A_call_allocates_nothing()
    {
        var thread = new SigningThread();

        AllocationBudget.Assert("bracket a call of a signer", () =>
        {
            thread.BeginCall(1);
            thread.TryEndCall();
        });
    }
}
