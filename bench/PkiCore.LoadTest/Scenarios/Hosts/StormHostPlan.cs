using PkiCore.Testing;
using PkiCore.X509;

namespace PkiCore.LoadTest.Scenarios.Hosts;

/// <summary>A host of a CA that revokes.</summary>
internal sealed record StormHostPlan(string Authority, int Certificates) : FileHostPlan(Authority, Certificates)
{
    public override async Task<ScenarioHost> StartAsync(ScenarioRoom room, CancellationToken cancellationToken)
    {
        CaFolder authority = room.GetAuthority(Authority, Certificates, RevokedEvery);
        ResponderProcess process = await ServeAsync(room, authority, configure: null, cancellationToken);
        return new StormHost(process, authority.Issuer, MadeUpSerials.Issued(Certificates), new RevokedIndex(authority.IndexPath, Certificates));
    }
}

/// <summary>The host, and the index that it reads.</summary>
internal sealed class StormHost(ResponderProcess process, Issuer issuer, SerialNumber[] serials, RevokedIndex index) : ScenarioHost(process, issuer, serials)
{
    public RevokedIndex Index => index;
}
