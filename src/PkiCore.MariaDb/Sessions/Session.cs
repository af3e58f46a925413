using System.Diagnostics.CodeAnalysis;
using PkiCore.MariaDb.Interop;

namespace PkiCore.MariaDb.Sessions;

/// <summary>A physical connection: a background thread of its own that makes every native call, and the way to give it work.</summary>
/// <remarks>
/// Callers never sit in native code. A caller whose deadline passes, or who cancels, returns at once; the socket is shut down, so
/// that the thread soon returns as well, cleans up and ends. Until it does it is counted by the pool.
/// </remarks>
#pragma warning disable CA1001 // Types that own disposable fields should be disposable: the thread disposes of them when it ends
internal sealed class Session
#pragma warning restore CA1001
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _work = new(0);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _time;
    private readonly NativeSession _native;
    private Call? _next;
    private SocketHandle? _socket;
    private IAborted? _streaming;
    private bool _stopped;
    private volatile bool _broken;

    internal Session(ConnectionSettings settings, TimeProvider time)
    {
        Settings = settings;
        _time = time;
        _native = new NativeSession(this);
        var thread = new Thread(Loop, maxStackSize: 1 << 20) { IsBackground = true, Name = "mariadb" };
        thread.Start();
    }

    internal ConnectionSettings Settings { get; }

    internal NativeSession Native => _native;

    internal TimeProvider Time => _time;

    /// <summary>Whether it was interrupted or lost: nothing but its end is left.</summary>
    internal bool IsBroken => _broken;

    /// <summary>The connection broke by itself, not because its user gave up.</summary>
    internal bool IsLost { get; private set; }

    /// <summary>A timestamp: the clock on the wall may jump.</summary>
    internal long IdleSince { get; set; }

    /// <summary>Of the pool, when the connection was opened.</summary>
    internal long Generation { get; init; }

    internal string ServerVersion { get; set; } = "";

    /// <summary>Completes when the thread has closed the connection and ended.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>Runs work on the thread.</summary>
    /// <typeparam name="T">What comes out.</typeparam>
    /// <param name="work">Native calls.</param>
    /// <param name="timeout">After that the caller gets an error and the connection is broken; infinite for none.</param>
    /// <param name="async">Whether to wait asynchronously.</param>
    /// <param name="cancellationToken">The same, by the caller's wish.</param>
    internal async ValueTask<T> RunAsync<T>(Func<NativeSession, T> work, TimeSpan timeout, bool async, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var call = new Call<T>(() => work(_native));
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            _ => call.Fail(Interrupt, () => new OperationCanceledException(cancellationToken)), null);
        using ITimer? timer = timeout == Timeout.InfiniteTimeSpan ? null : _time.CreateTimer(
            _ => call.Fail(Lose, () => Faults.Deadline(Settings, timeout)), null, timeout, Timeout.InfiniteTimeSpan);
        Post(call);
        return await call.Task.Wait(async).ConfigureAwait(false);
    }

    /// <summary>The thread closes the statement before its next work.</summary>
    internal void CloseLater(PreparedStatement statement) => _native.Unneeded.Enqueue(statement);

    /// <summary>Breaks the connection: whatever native call is on its way returns with an error, also one that begins later.</summary>
    internal void Interrupt()
    {
        IAborted? streaming;
        lock (_gate)
        {
            _broken = true;
            _socket?.Shutdown();
            streaming = _streaming;
        }

        streaming?.Abort();
    }

    /// <summary>The server is the reason for the break.</summary>
    internal void Lose()
    {
        IsLost = true;
        Interrupt();
    }

    /// <summary>The thread ends when it is done with what it does; it closes the connection before.</summary>
    internal void Stop()
    {
        lock (_gate)
        {
            if (_stopped)
            {
                return;
            }

            _stopped = true;
        }

        _work.Release();
    }

    /// <summary>On the thread, as soon as the socket is known.</summary>
    /// <returns>False when no descriptor was left: the connection could not be interrupted.</returns>
    internal bool SetSocket(int descriptor)
    {
        lock (_gate)
        {
            // Another one than before when the host has several addresses.
            _socket?.Dispose();
            _socket = SocketHandle.Duplicate(descriptor);
            if (_broken)
            {
                _socket.Shutdown();
            }

            return !_socket.IsInvalid;
        }
    }

    /// <summary>On the thread: who must hear of an interruption because it may wait for something else than the socket.</summary>
    internal void SetStreaming(IAborted? streaming)
    {
        lock (_gate)
        {
            _streaming = streaming;
        }

        if (_broken)
        {
            streaming?.Abort();
        }
    }

    private void Post(Call call)
    {
        bool stopped;
        lock (_gate)
        {
            stopped = _stopped;
            if (!stopped && _next is null)
            {
                _next = call;
                _work.Release();
                return;
            }
        }

        call.Fail(null, () => stopped ? Faults.Broken(Settings) : new InvalidOperationException("The connection is busy with another command."));
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "An exception here would end the process.")]
    private void Loop()
    {
        try
        {
            while (Take() is { } call)
            {
                call.Run();
            }
        }
        finally
        {
            _native.Dispose();
            lock (_gate)
            {
                _socket?.Dispose();
                _socket = null;
            }

            _work.Dispose();
            _ended.SetResult();
        }
    }

    private Call? Take()
    {
        _work.Wait();
        lock (_gate)
        {
            Call? call = _next;
            _next = null;
            return call;
        }
    }
}

/// <summary>Waits for something that will not come any more once the connection is broken.</summary>
internal interface IAborted
{
    void Abort();
}
