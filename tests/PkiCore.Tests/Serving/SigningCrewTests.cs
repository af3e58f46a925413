using System.Collections.Concurrent;
using PkiCore.Serving;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>The bookkeeping of threads that may be stuck.</summary>
public sealed class SigningCrewTests : IDisposable
{
    private const int Highest = 2;

    private readonly Lock _lock = new();
    private readonly SigningCrew<string> _crew = new("test");
    private readonly ConcurrentQueue<SigningCrew<string>.Member> _inCall = new();
    private readonly ManualResetEventSlim _freed = new();

    [Fact]
    public void A_thread_that_is_written_off_hands_back_its_work_once_and_counts_until_it_returns()
    {
        SigningCrew<string>.Member member = StartAll(1)[0];
        Assert.Equal((1, 3, 0), Counts);

        lock (_lock)
        {
            Assert.Equal("work", _crew.WriteOff(member, long.MaxValue));
            Assert.Null(_crew.WriteOff(member, long.MaxValue));
            Assert.Empty(_crew.WriteOffAll(long.MaxValue));
        }

        Assert.Equal((0, 0, 1), Counts);
        _freed.Set();
        WaitUntil(() => Counts == (0, 0, 0), "the thread has counted itself out");
    }

    [Fact]
    public void Stuck_threads_are_replaced_up_to_a_limit()
    {
        for (int stuck = 0; stuck < Highest + SigningCrew<string>.MaxReplacements; stuck++)
        {
            StartAll(1);
            lock (_lock)
            {
                Assert.Single(_crew.WriteOffAll(long.MaxValue));
            }
        }

        lock (_lock)
        {
            _crew.Start(Highest, Highest, Work);
            Assert.True(_crew.IsSpent(Highest));
        }

        Assert.Equal((0, 0, Highest + SigningCrew<string>.MaxReplacements), Counts);
        _freed.Set();
        WaitUntil(() => Counts == (0, 0, 0), "all threads have counted themselves out");
        Assert.Single(StartAll(1));
    }

    [Fact]
    public void One_device_of_many_that_hangs_leaves_room_for_the_others()
    {
        const int sessions = 64;
        StartAll(sessions / 2, sessions);
        lock (_lock)
        {
            Assert.Equal(sessions / 2, _crew.WriteOffAll(long.MaxValue).Count);
            _crew.Start(sessions, sessions, Work);
        }

        Assert.Equal((sessions / 2) + SigningCrew<string>.MaxReplacements, Counts.Running);
    }

    [Fact]
    public void Threads_of_an_earlier_signer_leave_the_counts_of_the_next_alone()
    {
        SigningCrew<string>.Member[] before = StartAll(2);
        lock (_lock)
        {
            _crew.WriteOff(before[0], long.MaxValue);
            _crew.Renew();
            Assert.False(_crew.IsCurrent(before[1]));
        }

        Assert.Equal((0, 0, 1), Counts);
        StartAll(1);
        lock (_lock)
        {
            Assert.Equal("work", _crew.WriteOff(before[1], long.MaxValue));
        }

        Assert.Equal((1, 3, 2), Counts);
        _freed.Set();
        WaitUntil(() => Counts == (0, 0, 0), "all threads have counted themselves out");
    }

    [Fact]
    public void However_write_offs_and_returns_meet_nothing_is_lost_and_the_counts_are_exact()
    {
        const int jobs = 5_000;
        var crew = new SigningCrew<string>("test");
        var queue = new Queue<string>(Enumerable.Range(0, jobs).Select(i => $"{i}"));
        var done = new List<string>();
        int overruled = 0;
        int waits = 1;

        WaitUntil(
            () =>
            {
                lock (_lock)
                {
                    foreach (string job in crew.WriteOffAll(long.MaxValue))
                    {
                        overruled++;
                        queue.Enqueue(job);
                    }

                    crew.Start(queue.Count, 4, Sign);
                    Assert.Equal(jobs, queue.Count + crew.InHand + done.Count);
                    return done.Count == jobs && crew is { Running: 0, InHand: 0, WrittenOff: 0 };
                }
            },
            "all is done, once, and every thread has ended");
        Assert.True(overruled > 0);
        Assert.Equal(jobs, done.Distinct().Count());

        void Sign(SigningCrew<string>.Member member)
        {
            while (Take(member) is { } job)
            {
                member.Thread.BeginCall(1);
                Thread.SpinWait(100);
                if (Interlocked.Exchange(ref waits, 0) == 1)
                {
                    WaitUntil(() => member.Thread.IsWrittenOff, "one is written off for certain");
                }

                if (!member.Thread.TryEndCall())
                {
                    break;
                }

                lock (_lock)
                {
                    crew.Finish(member);
                    done.Add(job);
                }
            }

            lock (_lock)
            {
                crew.Leave(member);
            }
        }

        string? Take(SigningCrew<string>.Member member)
        {
            lock (_lock)
            {
                if (queue.TryDequeue(out string? job))
                {
                    crew.Take(member, job, 1);
                }

                return job;
            }
        }
    }

    public void Dispose()
    {
        _freed.Set();
        WaitUntil(() => Counts is { Running: 0, WrittenOff: 0 }, "the threads have ended");
        _freed.Dispose();
    }

    private (int Running, int InHand, int WrittenOff) Counts
    {
        get
        {
            lock (_lock)
            {
                return (_crew.Running, _crew.InHand, _crew.WrittenOff);
            }
        }
    }

    /// <summary>Starts threads, and returns when so many more are in a call.</summary>
    private SigningCrew<string>.Member[] StartAll(int count, int highest = Highest)
    {
        _inCall.Clear();
        lock (_lock)
        {
            _crew.Start(count, highest, Work);
        }

        WaitUntil(() => _inCall.Count == count, "the threads are in their calls");
        return [.. _inCall];
    }

    private void Work(SigningCrew<string>.Member member)
    {
        lock (_lock)
        {
            _crew.Take(member, "work", 3);
        }

        member.Thread.BeginCall(0);
        _inCall.Enqueue(member);
        _freed.Wait(TimeSpan.FromMinutes(1));
        bool isBack = member.Thread.TryEndCall();
        lock (_lock)
        {
            if (isBack)
            {
                _crew.Finish(member);
            }

            _crew.Leave(member);
        }
    }
}
