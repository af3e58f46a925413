using PkiCore.MariaDb.Interop;
using PkiCore.MariaDb.Sessions;

namespace PkiCore.MariaDb.Results;

/// <summary>
/// A result on its way: the connection's thread fills blocks of rows, a few ahead, and the reader takes them. One wake-up serves a
/// thousand rows.
/// </summary>
#pragma warning disable CA1001 // Types that own disposable fields should be disposable: the thread disposes of them at the end of Pump
internal sealed class ResultStream : IAborted
#pragma warning restore CA1001
{
    private const int BlocksAhead = 2;

    private static readonly TimeSpan s_least = TimeSpan.FromMilliseconds(1);

    private readonly object _gate = new();
    private readonly Session _session;
    private readonly PreparedStatement _statement;
    private readonly ResultBinding _binding;
    private readonly BlockCache _blocks;
    private readonly Queue<RowBlock> _full = new(BlocksAhead + 1);
    private bool _complete;
    private bool _closing;
    private Exception? _fault;
    private TaskCompletionSource? _waiter;

    // Of the reader's present wait; the timer is made once.
    private ITimer? _timer;
    private long _deadline = long.MaxValue;
    private TimeSpan _timeout;

    /// <summary>On the thread: binds the columns and reads the first rows.</summary>
    internal ResultStream(Session session, PreparedStatement statement, ResultColumn[] columns)
    {
        _session = session;
        _statement = statement;
        _blocks = session.Native.Blocks;
        Columns = columns;
        _binding = new ResultBinding(statement.Handle, columns, session.Settings.MaximumPacketSize);
        try
        {
            unsafe
            {
                statement.Check(LibMariaDb.mysql_stmt_bind_result(statement.Handle, _binding.Binds));
            }

            RowBlock first = _blocks.Take();
            first.Clear(columns.Length, small: true);
            _complete = !FillOrEnd(first);
            _full.Enqueue(first);
        }
        catch
        {
            _binding.Dispose();
            throw;
        }
    }

    internal ResultColumn[] Columns { get; }

    /// <summary>The rows that came with the result's head.</summary>
    internal RowBlock First()
    {
        lock (_gate)
        {
            RowBlock first = _full.Dequeue();
            Monitor.PulseAll(_gate);
            return first;
        }
    }

    /// <summary>On the thread: reads the rest and cleans up.</summary>
    internal void Pump()
    {
        _session.Native.SetStreaming(this);
        try
        {
            while (TakeFree() is { } block)
            {
                bool more = FillOrEnd(block);
                Put(block, complete: !more);
            }

            _statement.FreeResult();
        }
#pragma warning disable CA1031 // Do not catch general exception types: the reader gets it
        catch (Exception e)
#pragma warning restore CA1031
        {
            Fail(e);
        }
        finally
        {
            _session.Native.SetStreaming(null);
            _binding.Dispose();
        }
    }

    /// <summary>The reader wants no more rows. The thread reads and drops what is left; the next command waits for that.</summary>
    internal void Close(RowBlock? used)
    {
        lock (_gate)
        {
            if (used is not null)
            {
                _blocks.Return(used);
            }

            _closing = true;
            Signal();
        }

        _timer?.Dispose();
    }

    public void Abort() => Fail(new MariaDbException(
        ErrorNumbers.ServerLost, "HY000", $"{_session.Settings.Target}: the connection was broken in the middle of a result."));

    /// <summary>The next block of rows.</summary>
    /// <param name="used">The block before, which is filled again.</param>
    /// <param name="timeout">How long to wait for it.</param>
    /// <param name="async">Whether to wait asynchronously.</param>
    /// <param name="cancellationToken">Breaks the connection.</param>
    /// <returns>Null behind the last one.</returns>
    internal async ValueTask<RowBlock?> NextAsync(RowBlock? used, TimeSpan timeout, bool async, CancellationToken cancellationToken)
    {
        // First of all: with a server that is faster than the reader there is never anything to wait for.
        cancellationToken.ThrowIfCancellationRequested();
        if (TryNext(used, out RowBlock? block))
        {
            return block;
        }

        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((ResultStream)state!).GiveUp(token), this);
        StartTimer(timeout);
        try
        {
            if (!async)
            {
                return WaitForNext();
            }

            while (!TryNext(null, out block))
            {
                await Waiter().ConfigureAwait(false);
            }

            return block;
        }
        finally
        {
            StopTimer();
        }
    }

    private bool TryNext(RowBlock? used, out RowBlock? block)
    {
        lock (_gate)
        {
            if (used is not null)
            {
                _blocks.Return(used);
            }

            if (_full.TryDequeue(out block))
            {
                Monitor.PulseAll(_gate);
                return true;
            }

            if (_fault is not null)
            {
                // Thrown anew each time, so that the stack is the reader's.
                throw _fault is OperationCanceledException cancelled
                    ? new OperationCanceledException(cancelled.Message, cancelled.CancellationToken)
                    : Again(_fault);
            }

            return _complete;
        }
    }

    private static MariaDbException Again(Exception fault) => fault is MariaDbException database
        ? new MariaDbException(database.Number, database.SqlState, database.Message, database)
        : new MariaDbException(0, null, fault.Message, fault);

    private RowBlock? WaitForNext()
    {
        lock (_gate)
        {
            RowBlock? block;
            while (!TryNext(null, out block))
            {
                Monitor.Wait(_gate);
            }

            return block;
        }
    }

    private Task Waiter()
    {
        lock (_gate)
        {
            if (_full.Count > 0 || _fault is not null || _complete)
            {
                return Task.CompletedTask;
            }

            _waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _waiter.Task;
        }
    }

    private void StartTimer(TimeSpan timeout)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
        {
            return;
        }

        TimeProvider time = _session.Time;
        lock (_gate)
        {
            _timeout = timeout;
            _deadline = time.GetTimestamp() + (long)(timeout.TotalSeconds * time.TimestampFrequency);
        }

        _timer ??= time.CreateTimer(static state => ((ResultStream)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(timeout, Timeout.InfiniteTimeSpan);
    }

    private void StopTimer()
    {
        lock (_gate)
        {
            _deadline = long.MaxValue;
        }

        _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        lock (_gate)
        {
            // Too late: the rows came, and this may be another wait already, whose own tick is still to come.
            TimeProvider time = _session.Time;
            if (_deadline == long.MaxValue)
            {
                return;
            }

            TimeSpan rest = time.GetElapsedTime(time.GetTimestamp(), _deadline);
            if (rest > TimeSpan.Zero)
            {
                _timer?.Change(rest + s_least, Timeout.InfiniteTimeSpan);
                return;
            }

            Fail(Faults.Deadline(_session.Settings, _timeout));
        }

        _session.Lose();
    }

    private void GiveUp(CancellationToken token)
    {
        Fail(new OperationCanceledException(token));
        _session.Interrupt();
    }

    private void Fail(Exception fault)
    {
        lock (_gate)
        {
            _fault ??= fault;
            Signal();
        }
    }

    private void Signal()
    {
        Monitor.PulseAll(_gate);
        _waiter?.TrySetResult();
        _waiter = null;
    }

    /// <returns>Null when no more rows are wanted, or none are left.</returns>
    private RowBlock? TakeFree()
    {
        lock (_gate)
        {
            while (_full.Count >= BlocksAhead && !_closing && _fault is null)
            {
                Monitor.Wait(_gate);
            }

            if (_complete || _closing || _fault is not null)
            {
                return null;
            }
        }

        RowBlock block = _blocks.Take();
        block.Clear(Columns.Length, small: false);
        return block;
    }

    private void Put(RowBlock block, bool complete)
    {
        lock (_gate)
        {
            _full.Enqueue(block);
            _complete = complete;
            Signal();
        }
    }

    /// <summary>The end is the end only when what is behind the rows has come too: there may be an error.</summary>
    /// <returns>Whether rows may be left.</returns>
    private bool FillOrEnd(RowBlock block)
    {
        if (Fill(block))
        {
            return true;
        }

        _statement.FreeResult();
        return false;
    }

    /// <returns>Whether rows may be left.</returns>
    private bool Fill(RowBlock block)
    {
        nint statement = _statement.Handle.DangerousGetHandle();
        while (!block.IsFull)
        {
            int result = LibMariaDb.mysql_stmt_fetch(statement);
            if (result == LibMariaDb.NoData)
            {
                return false;
            }

            if ((result != 0 && result != LibMariaDb.DataTruncated) || !_binding.CopyTo(block))
            {
                throw _statement.Fault();
            }
        }

        return true;
    }
}
