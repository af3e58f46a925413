namespace PkiCore.MariaDb.Sessions;

/// <summary>One piece of work for a connection's thread, and the caller who waits for it.</summary>
internal abstract class Call
{
    private int _claimed;

    /// <summary>Whoever claims a call first decides how it ends: the thread that is done, or a deadline, or a cancellation.</summary>
    protected bool TryClaim() => Interlocked.Exchange(ref _claimed, 1) == 0;

    /// <summary>On the connection's thread.</summary>
    internal abstract void Run();

    /// <summary>Ends the caller's wait from any thread; the work itself may still be on its way.</summary>
    /// <param name="beforeCompletion">Runs before the caller can see anything.</param>
    /// <param name="fault">What the caller gets.</param>
    internal abstract void Fail(Action? beforeCompletion, Func<Exception> fault);
}

/// <summary>Work that goes on behind the caller's back, on the same thread, once the caller has its result.</summary>
internal interface IContinued
{
    /// <param name="abandoned">The caller has given up and knows nothing of this object.</param>
    void Continue(bool abandoned);
}

/// <inheritdoc />
internal sealed class Call<T>(Func<T> work) : Call
{
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Task<T> Task => _completion.Task;

    internal override void Run()
    {
        try
        {
            T result = work();
            bool mine = TryClaim();
            if (mine)
            {
                _completion.SetResult(result);
            }

            (result as IContinued)?.Continue(abandoned: !mine);
        }
#pragma warning disable CA1031 // Do not catch general exception types: the caller gets it, and the thread goes on
        catch (Exception e)
#pragma warning restore CA1031
        {
            Fail(null, () => e);
        }
    }

    internal override void Fail(Action? beforeCompletion, Func<Exception> fault)
    {
        if (TryClaim())
        {
            beforeCompletion?.Invoke();
            _completion.SetException(fault());
        }
    }
}
