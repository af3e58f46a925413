using PkiCore.Testing;
using PkiCore.X509;

namespace PkiCore.LoadTest.Scenarios.Hosts;

/// <summary>A host that is measured, and what can be asked of it.</summary>
/// <param name="process">The host.</param>
/// <param name="issuer">The CA.</param>
/// <param name="serials">Its certificates, the most popular first.</param>
internal class ScenarioHost(ResponderProcess process, Issuer issuer, SerialNumber[] serials) : IAsyncDisposable
{
    /// <summary>The processor of everything that answers.</summary>
    public const int Processor = 0;

    /// <summary>The processor of everything that asks and disturbs.</summary>
    public const int OtherProcessor = 1;

    private static readonly TimeSpan s_calmWindow = TimeSpan.FromMilliseconds(500);

    /// <summary>The refresh of a million certificates within the hour is less.</summary>
    private static readonly TimeSpan s_calmUse = TimeSpan.FromMilliseconds(50);

    public ResponderProcess Process => process;

    public Issuer Issuer => issuer;

    public SerialNumber[] Serials => serials;

    /// <summary>Waits until the host has nothing to do: whatever came before is not what is measured next.</summary>
    public async Task WaitUntilCalmAsync(CancellationToken cancellationToken)
    {
        using var responder = System.Diagnostics.Process.GetProcessById(process.Id);
        TimeSpan before = Used();
        await Eventually.HoldsAsync(
            "the host has nothing to do",
            async () =>
            {
                await Task.Delay(s_calmWindow, cancellationToken);
                TimeSpan now = Used();
                bool isCalm = now - before < s_calmUse;
                before = now;
                return isCalm;
            },
            TimeSpan.FromMinutes(3),
            cancellationToken);

        TimeSpan Used()
        {
            responder.Refresh();
            return responder.TotalProcessorTime;
        }
    }

    public virtual ValueTask DisposeAsync() => process.DisposeAsync();
}
