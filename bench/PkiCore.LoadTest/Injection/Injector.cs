using System.Diagnostics;
using System.Net;
using PkiCore.X509;

namespace PkiCore.LoadTest.Injection;

/// <summary>What the threads of a run share.</summary>
internal sealed record InjectorInput(Scenario Scenario, Schedule Schedule, RequestTemplates Templates, SerialNumber[] Serials, ZipfSampler Sampler, AnswerVerifier? Verifier, EndPoint Server);

/// <summary>
/// A sender thread. It sends every so many-th request of the schedule when it is due, on whichever of its connections is free, and reads
/// answers in between. A request that finds no connection free waits, and its time runs: it is counted from when it was due.
/// </summary>
internal sealed class Injector : IDisposable
{
    private const long Microsecond = 1000;
    private const long Millisecond = 1_000_000;

    /// <summary>So long before a request is due the thread no longer sleeps: it would not be awake in time.</summary>
    private const long SpinMargin = 60 * Microsecond;

    private const long HousekeepingInterval = 5 * Millisecond;
    private const long ReconnectInterval = 100 * Millisecond;

    private readonly InjectorInput _input;
    private readonly Connection[] _connections;
    private readonly Native.PollEntry[] _entries;
    private readonly Queue<int> _free;
    private readonly long[] _connectAt;
    private readonly int _step;
    private readonly long _timeout;
    private readonly long _spinMargin;
    private long _start;
    private long _next;
    private long _nextDue;
    private long _blockedAt = -1;
    private long _answers;
    private long _countedUntil;
    private long _allocatedBefore = -1;
    private int _inFlight;

    /// <param name="input">What all threads share.</param>
    /// <param name="index">Which thread of how many it is.</param>
    /// <param name="step">How many there are.</param>
    /// <param name="connections">How many connections are its own.</param>
    public Injector(InjectorInput input, int index, int step, int connections)
    {
        _input = input;
        _step = step;
        _next = index;
        _timeout = (long)input.Scenario.Timeout.TotalNanoseconds;
        _spinMargin = input.Scenario.IsPunctual ? SpinMargin : 0;
        _connections = [.. Enumerable.Range(0, connections).Select(_ => new Connection(input.Server, input.Templates.MaxLength))];
        _entries = new Native.PollEntry[connections];
        _entries.AsSpan().Fill(new Native.PollEntry { Descriptor = -1, Events = Native.PollIn });
        _connectAt = new long[connections];
        _free = new Queue<int>(connections);
    }

    public Counters Counters { get; } = new();

    /// <summary>Connects; whatever does not come about is tried again in the run.</summary>
    public void Connect(TimeSpan patience)
    {
        Array.ForEach(_connections, connection => connection.Connect());
        long start = Stopwatch.GetTimestamp();
        while (_connections.Any(connection => connection.IsConnecting) && Stopwatch.GetElapsedTime(start) < patience)
        {
            Native.Poll([], Millisecond);
            EndConnects(now: 0, again: false);
        }
    }

    public bool IsConnected => _free.Count > 0;

    /// <summary>Sends everything that is scheduled and waits for the last answer.</summary>
    /// <param name="start">The timestamp of the schedule's beginning.</param>
    /// <param name="cancellationToken">Ends the run early: nothing more is sent.</param>
    public void Run(long start, CancellationToken cancellationToken)
    {
        Native.WaitExactly();
        _start = start;
        _nextDue = _input.Schedule.DueAt(_next);
        long housekeeping = 0;
        while ((_next < _input.Schedule.Count && !cancellationToken.IsCancellationRequested) || _inFlight > 0)
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                SendDue();
            }

            long now = Now();
            if (now >= housekeeping)
            {
                housekeeping = now + HousekeepingInterval;
                DropOverdue(now);
                EndConnects(now, again: true);
            }

            long wait = WaitFor(now);
            int ready = Native.Poll(_entries, wait);
            CountTime(now, isIdle: wait > 0 || ready == 0);
            if (ready > 0)
            {
                ReadAll();
            }
        }

        Counters.Allocated = _allocatedBefore < 0 ? 0 : GC.GetAllocatedBytesForCurrentThread() - _allocatedBefore;
    }

    public void Dispose() => Array.ForEach(_connections, connection => connection.Dispose());

    /// <summary>.NET's timestamps are nanoseconds on Linux.</summary>
    private long Now() => Stopwatch.GetTimestamp() - _start;

    private long WaitFor(long now) =>
        _next < _input.Schedule.Count && _free.Count > 0 ? Math.Clamp(_nextDue - now - _spinMargin, 0, HousekeepingInterval) : HousekeepingInterval;

    /// <summary>A thread that hardly ever has to wait is the limit itself, though all it sees is that no connection is free.</summary>
    private void CountTime(long before, bool isIdle)
    {
        if (_allocatedBefore >= 0)
        {
            long now = Now();
            Counters.Idle += isIdle ? now - before : 0;
            Counters.Elapsed += now - _countedUntil;
            _countedUntil = now;
        }
        else
        {
            _countedUntil = Now();
        }
    }

    private void SendDue()
    {
        for (long now = Now(); _next < _input.Schedule.Count && _nextDue <= now; now = Now())
        {
            bool isMeasured = _next >= _input.Schedule.FirstMeasured;
            if (now - _nextDue > _timeout)
            {
                Fail(RequestFault.NotSent, isMeasured, _nextDue, now);
                Advance();
            }
            else if (!_free.TryDequeue(out int free))
            {
                _blockedAt = now;
                return;
            }
            else if (TrySend(free, now, isMeasured))
            {
                CountLateness(now, isMeasured);
                Advance();
            }
            else
            {
                Reconnect(free, now); // nothing was sent: the request takes the next connection
            }
        }
    }

    private bool TrySend(int index, long now, bool isMeasured)
    {
        if (isMeasured && _allocatedBefore < 0)
        {
            _allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        }

        Connection connection = _connections[index];
        var random = new SplitMix64((ulong)_input.Scenario.Seed, (ulong)_next);
        ref readonly SerialNumber serial = ref _input.Serials[_input.Sampler.Next(ref random)];
        int length = random.NextDouble() < _input.Scenario.GetShare
            ? _input.Templates.WriteGet(serial, connection.Request)
            : _input.Templates.WritePost(serial, connection.Request);
        if (_input.Scenario.Nonce)
        {
            RequestTemplates.WriteNonce(ref random, connection.Request.AsSpan(0, length));
        }

        if (!connection.TrySend(length, _nextDue, now, isMeasured, serial))
        {
            return false;
        }

        _inFlight++;
        Counters.BytesSent += isMeasured ? length : 0;
        return true;
    }

    /// <summary>Who is to blame that a request goes out late: there was no connection for it, or this program was busy or not running.</summary>
    private void CountLateness(long now, bool isMeasured)
    {
        if (!isMeasured)
        {
            return;
        }

        if (_nextDue <= _blockedAt)
        {
            Counters.Waited++;
        }
        else
        {
            Counters.OwnLateness.Record(now - _nextDue);
        }
    }

    private void Advance()
    {
        _next += _step;
        _nextDue = _input.Schedule.DueAt(_next);
    }

    private void ReadAll()
    {
        for (int i = 0; i < _entries.Length; i++)
        {
            if (_entries[i].ReturnedEvents == 0 || _entries[i].Descriptor < 0)
            {
                continue;
            }

            Connection connection = _connections[i];
            bool wasBusy = connection.IsBusy;
            ReadResult result = connection.Read();
            if (result == ReadResult.Incomplete)
            {
                continue;
            }

            long now = Now();
            _inFlight -= wasBusy ? 1 : 0;
            if (result == ReadResult.Complete)
            {
                CountAnswer(connection, now);
            }
            else if (wasBusy)
            {
                Fail(RequestFault.ConnectionLost, connection.Current.IsMeasured, due: null, now);
            }

            if (result == ReadResult.Complete && !connection.Head.Closes)
            {
                _free.Enqueue(i);
            }
            else
            {
                if (!wasBusy)
                {
                    RemoveFree(i);
                }

                Reconnect(i, now);
            }
        }
    }

    /// <summary>Servers close connections that are idle for long.</summary>
    private void RemoveFree(int index)
    {
        for (int count = _free.Count; count > 0; count--)
        {
            int free = _free.Dequeue();
            if (free != index)
            {
                _free.Enqueue(free);
            }
        }
    }

    private void CountAnswer(Connection connection, long now)
    {
        Counters.AllAnswers++;
        Counters.Sample ??= connection.Head.Status == Counters.HttpOk ? connection.Body.ToArray() : null;
        if (!connection.Current.IsMeasured)
        {
            return;
        }

        Counters.Latency.Record(now - connection.Current.Due);
        Counters.FromSent.Record(now - connection.Current.Sent);
        Counters.BytesReceived += connection.ReplyLength;
        Counters.LastAnswer = now;
        bool isSuccessful = Counters.CountAnswer(connection.Head.Status, connection.Body);
        if (_input.Scenario.Nonce && connection.Body.IndexOf(RequestTemplates.NonceOf(connection.SentRequest)) >= 0)
        {
            Counters.NoncesAnswered++;
        }

        if (isSuccessful && _input.Verifier is { } verifier && _answers++ % _input.Scenario.VerifyEvery == 0)
        {
            verifier.Add(connection.Body, connection.Current.Serial);
        }
    }

    /// <summary>Counts a request without an answer, with the time that it waited in vain where there was a timeout.</summary>
    private void Fail(RequestFault fault, bool isMeasured, long? due, long now)
    {
        if (isMeasured)
        {
            Counters.Faults[(int)fault]++;
            if (due is { } since)
            {
                Counters.Latency.Record(now - since);
            }
        }
    }

    private void DropOverdue(long now)
    {
        for (int i = 0; i < _connections.Length; i++)
        {
            Connection connection = _connections[i];
            if (connection.IsBusy && now - connection.Current.Sent > _timeout)
            {
                _inFlight--;
                Fail(RequestFault.Timeout, connection.Current.IsMeasured, connection.Current.Due, now);
                Reconnect(i, now);
            }
        }
    }

    /// <summary>Gives a connection up and begins a new one in a moment.</summary>
    private void Reconnect(int index, long now)
    {
        _connections[index].Close();
        _entries[index].Descriptor = -1;
        _connectAt[index] = now;
    }

    private void EndConnects(long now, bool again)
    {
        for (int i = 0; i < _connections.Length; i++)
        {
            Connection connection = _connections[i];
            if (connection.IsConnecting)
            {
                if (!connection.TryEndConnect(out string? fault))
                {
                    continue;
                }

                _entries[i].Descriptor = connection.Descriptor;
                if (fault is null)
                {
                    _free.Enqueue(i);
                    continue;
                }

                Counters.ConnectFailures++;
                Counters.LastConnectFault = fault;
                _connectAt[i] = now + ReconnectInterval;
            }
            else if (again && connection.Descriptor < 0 && now >= _connectAt[i])
            {
                connection.Connect();
            }
        }
    }
}
