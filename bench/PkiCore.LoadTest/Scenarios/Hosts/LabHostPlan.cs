using System.Text.Json.Nodes;
using PkiCore.Testing;
using PkiCore.X509;

namespace PkiCore.LoadTest.Scenarios.Hosts;

/// <summary>A host that reads from a cluster of three nodes on this machine.</summary>
internal sealed record LabHostPlan(int Certificates) : HostPlan(Certificates)
{
    /// <exception cref="LeftOutException">There can be no cluster here.</exception>
    public override async Task<ScenarioHost> StartAsync(ScenarioRoom room, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new LeftOutException("the cluster needs root");
        }

        room.Report("starting the cluster");
        Lab lab = await StartLabAsync(cancellationToken);
        LabScene? scene = null;
        try
        {
            scene = await LabScene.ArrangeAsync(lab, Certificates, seed: 1, cancellationToken);
            string configuration = scene.Configure(room.NewPath("responder.json")).Write();
            ResponderProcess process = await ResponderProcess.StartAsync(
                ["serve", "--config", configuration], processors: string.Create(null, $"{ScenarioHost.Processor}"), cancellationToken: cancellationToken);
            return new LabHost(process, lab, scene);
        }
        catch
        {
            if (scene is not null)
            {
                await scene.DisposeAsync();
            }

            await lab.DisposeAsync();
            throw;
        }
    }

    private static async Task<Lab> StartLabAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await Lab.StartAsync(cancellationToken: cancellationToken);
        }
        catch (Exception e) when (e is InvalidOperationException or FileNotFoundException or ToolException)
        {
            throw new LeftOutException(e.Message);
        }
    }
}

/// <summary>A scenario cannot be measured on this machine.</summary>
internal sealed class LeftOutException(string message) : Exception(message);

/// <summary>The host and its cluster.</summary>
internal sealed class LabHost(ResponderProcess process, Lab lab, LabScene scene) : ScenarioHost(process, scene.Issuer, [.. scene.Crew.Serials])
{
    public Lab Lab => lab;

    /// <summary>The number of the node that the host reads from; <see langword="null"/> when there is none.</summary>
    public async Task<int?> ReadNodeAsync(CancellationToken cancellationToken)
    {
        (_, string body) = await Process.GetAsync("healthz", cancellationToken);
        return (string?)JsonNode.Parse(body)!["galera"]?["nearest"] is [.., >= '1' and <= '9' and char digit] ? digit - '0' : null;
    }

    public override async ValueTask DisposeAsync()
    {
        try
        {
            await base.DisposeAsync();
        }
        finally
        {
            try
            {
                await scene.DisposeAsync();
            }
            finally
            {
                await lab.DisposeAsync();
            }
        }
    }
}
