using System.Net;
using PkiCore.Campaigns.Asking;
using PkiCore.Campaigns.Harness;
using PkiCore.X509;

namespace PkiCore.Campaigns.KillRestart;

/// <summary>One life of the host, from its start to its violent end.</summary>
internal sealed class HostRun : IAsyncDisposable
{
    public const int SigKill = 9;

    private readonly ResponderProcess _process;
    private volatile bool _isReady;

    private HostRun(int number, ResponderProcess process, Asker asker) => (Number, _process, Asker) = (number, process, asker);

    public int Number { get; }

    public Asker Asker { get; }

    public string Output => _process.Output;

    /// <summary>Whether it has said that it is ready: then its source has been read.</summary>
    public bool IsReady => _isReady;

    /// <summary>Starts the host, and returns when it listens.</summary>
    public static async Task<HostRun> StartAsync(int number, string configuration, Issuer issuer, FaultList faults, CancellationToken cancellationToken)
    {
        ResponderProcess process = await ResponderProcess.StartAsync(["serve", "--config", configuration], untilReady: false, cancellationToken: cancellationToken);
        return new HostRun(number, process, new Asker(process.Url, issuer, faults, mayFail: true));
    }

    /// <summary>Looks until it is ready, for so long.</summary>
    public async Task WatchAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await Eventually.HoldsAsync("the host is ready", LookAsync, limit, cancellationToken);
        }
        catch (TimeoutException)
        {
            // killed before it was
        }

        async Task<bool> LookAsync() => _isReady |= (await _process.GetAsync("readyz", cancellationToken)).Status == HttpStatusCode.OK;
    }

    public Task WaitUntilSignedAsync(CancellationToken cancellationToken) => _process.WaitUntilReadyAsync(cancellationToken);

    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _process.Signal(SigKill);
        await _process.WaitForExitAsync(cancellationToken);
    }

    public Task<int> StopAsync(CancellationToken cancellationToken) => _process.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Asker.Dispose();
    }
}
