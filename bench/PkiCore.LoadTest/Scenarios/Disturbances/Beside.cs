namespace PkiCore.LoadTest.Scenarios.Disturbances;

/// <summary>Runs something on a thread of its own until it is told to end.</summary>
internal sealed class Beside : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public Beside(Action<CancellationToken> run) =>
        _running = Task.Factory.StartNew(() => run(_stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Ends it, and throws what it threw.</summary>
    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    /// <summary>Ends it, whatever came of it.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        Task.WaitAny(_running);
        _stop.Dispose();
    }
}
