namespace PkiCore.Campaigns.Harness;

/// <summary>Says how far a campaign is: on a terminal one line that changes every second, elsewhere a line every ten.</summary>
internal sealed class ProgressReport : IAsyncDisposable
{
    private static readonly bool s_isTerminal = !Console.IsOutputRedirected;

    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    public ProgressReport(Func<string> describe) => _running = RunAsync(describe);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private async Task RunAsync(Func<string> describe)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(s_isTerminal ? 1 : 10));
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                Console.Write(s_isTerminal ? $"\r\e[K{describe()}" : $"{describe()}\n");
            }
        }
        catch (OperationCanceledException)
        {
            Console.Write(s_isTerminal ? "\r\e[K" : "");
        }
    }
}
