using PkiCore.Testing;
using PkiCore.X509;

namespace PkiCore.LoadTest.Scenarios.Hosts;

/// <summary>
/// Two hosts that sign the same again and again, as answers grow old; one writes a snapshot of it every second. The other is what it is compared with.
/// </summary>
internal sealed record SnapshotHostPlan(string Authority, int Certificates) : FileHostPlan(Authority, Certificates)
{
    public override async Task<ScenarioHost> StartAsync(ScenarioRoom room, CancellationToken cancellationToken)
    {
        CaFolder authority = room.GetAuthority(Authority, Certificates, RevokedEvery);
        ResponderProcess writing = await ServeAsync(room, authority, (configuration, _) => Refresh(configuration, "00:00:01"), cancellationToken);
        writing.Signal(SnapshotHost.SigStop);
        try
        {
            ResponderProcess quiet = await ServeAsync(room, authority, (configuration, _) => Refresh(configuration, "1.00:00:00"), cancellationToken);
            return new SnapshotHost(quiet, writing, authority.Issuer, MadeUpSerials.Issued(Certificates));
        }
        catch
        {
            await SnapshotHost.EndAsync(writing);
            throw;
        }
    }

    /// <summary>A snapshot is only written when something has changed: so it does, evenly, at the price of a few hundred signatures a second.</summary>
    private static void Refresh(ResponderConfiguration configuration, string interval) => configuration
        .Set("Ocsp:Validity", "02:00:00").Set("Ocsp:RefreshAfter", "00:00:01").Set("Ocsp:RefreshBy", "01:00:00").Set("Ocsp:SnapshotInterval", interval);
}

/// <summary>The two hosts. The one that writes stands still but in its own turns.</summary>
internal sealed class SnapshotHost(ResponderProcess quiet, ResponderProcess writing, Issuer issuer, SerialNumber[] serials) : ScenarioHost(quiet, issuer, serials)
{
    public const int SigStop = 19;
    public const int SigCont = 18;

    public ResponderProcess Writing => writing;

    /// <summary>Ends a host that may stand still.</summary>
    public static ValueTask EndAsync(ResponderProcess process)
    {
        process.Signal(SigCont);
        return process.DisposeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await EndAsync(writing);
        await base.DisposeAsync();
    }
}
