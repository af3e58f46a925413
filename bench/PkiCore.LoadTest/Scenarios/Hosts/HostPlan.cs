namespace PkiCore.LoadTest.Scenarios.Hosts;

/// <summary>How a host is set up. Scenarios that follow each other and have the same plan share one.</summary>
internal abstract record HostPlan(int Certificates)
{
    /// <summary>Starts it; it is ready, but perhaps not calm yet.</summary>
    public abstract Task<ScenarioHost> StartAsync(ScenarioRoom room, CancellationToken cancellationToken);
}
