namespace PkiCore.Campaigns.Asking;

/// <summary>Clients that ask all the time, each with its own random numbers.</summary>
internal sealed class Readers : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    public Readers(int count, int seed, Func<Random, CancellationToken, Task> askOnceAsync) =>
        _running = Task.WhenAll(Enumerable.Range(1, count).Select(number => Task.Run(() => RunAsync(new Random(unchecked(seed + number)), askOnceAsync))));

    /// <summary>Lets questions in flight be answered.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // what broke them is the verdict of StopAsync
        _stopping.Dispose();
    }

    private async Task RunAsync(Random random, Func<Random, CancellationToken, Task> askOnceAsync)
    {
        while (!_stopping.IsCancellationRequested)
        {
            await askOnceAsync(random, CancellationToken.None);
            await Task.Yield(); // what is answered at once would keep a thread of the pool for ever, and a machine with one processor has one
        }
    }
}
