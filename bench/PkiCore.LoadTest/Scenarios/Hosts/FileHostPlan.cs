using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using PkiCore.LoadTest.Injection;
using PkiCore.Testing;
using PkiCore.X509;

namespace PkiCore.LoadTest.Scenarios.Hosts;

/// <summary>A host of a CA with an index.</summary>
/// <param name="Authority">A name for the CA; plans with the same one share it.</param>
/// <param name="Certificates">How many the CA has.</param>
internal sealed record FileHostPlan(string Authority, int Certificates) : HostPlan(Certificates)
{
    private const string EitherProcessor = "0-1";
    private const int Seed = 1;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan s_reportInterval = TimeSpan.FromSeconds(5);

    /// <summary>Every so many certificates is revoked from the beginning; 0 for none.</summary>
    public int RevokedEvery { get; init; }

    /// <summary>Whether answers are signed by another process beforehand, on both processors, and come from its snapshot: one alone would take minutes.</summary>
    public bool IsPrepared { get; init; }

    /// <summary>Changes settings of the host.</summary>
    public Action<ResponderConfiguration, CaFolder>? Configure { get; init; }

    public override async Task<ScenarioHost> StartAsync(ScenarioRoom room, CancellationToken cancellationToken)
    {
        CaFolder authority = room.GetAuthority(Authority, Certificates, RevokedEvery);
        ResponderConfiguration configuration = authority.Configure(room.NewPath("responder.json"));
        if (IsPrepared)
        {
            await PrepareAsync(room, authority, cancellationToken);
            configuration.Set("Ocsp:SnapshotDirectory", Copy(authority.Snapshots, room.NewPath("snapshots")));
        }

        Configure?.Invoke(configuration, authority);
        room.Report(string.Create(CultureInfo.InvariantCulture, $"starting a host of {Certificates:N0} certificates"));
        ResponderProcess process = await StartAsync(room, configuration, ScenarioHost.Processor.ToString(CultureInfo.InvariantCulture), cancellationToken);
        SerialNumber[] serials = MadeUpSerials.Issued(Certificates);
        SerialFile.Shuffle(serials, Seed); // popular ones would be neighbours in the host's memory
        return new FileHost(process, authority, serials);
    }

    private async Task PrepareAsync(ScenarioRoom room, CaFolder authority, CancellationToken cancellationToken)
    {
        if (Directory.Exists(authority.Snapshots))
        {
            return;
        }

        room.Report("signing ahead, on both processors");
        ResponderConfiguration configuration = authority.Configure(room.NewPath("responder.json")).Set("Ocsp:SnapshotDirectory", authority.Snapshots);
        await using ResponderProcess process = await StartAsync(room, configuration, EitherProcessor, cancellationToken);
        // One of an index that was still being looked at would have it read again.
        await new ScenarioHost(process, authority.Issuer, []).WaitUntilCalmAsync(cancellationToken);
    }

    private async Task<ResponderProcess> StartAsync(ScenarioRoom room, ResponderConfiguration configuration, string processors, CancellationToken cancellationToken)
    {
        ResponderProcess process = await ResponderProcess.StartAsync(["serve", "--config", configuration.Write()], untilReady: false, processors: processors, cancellationToken: cancellationToken);
        try
        {
            long reported = TimeProvider.System.GetTimestamp();
            await Eventually.HoldsAsync(
                "all answers are signed",
                async () =>
                {
                    (HttpStatusCode status, string body) = await process.GetAsync("readyz", cancellationToken);
                    JsonNode issuer = JsonNode.Parse(body)!["issuers"]![0]!;
                    (int known, int waiting) = ((int)issuer["certificates"]!, (int)issuer["waitingToBeSigned"]!);
                    if (TimeProvider.System.GetElapsedTime(reported) > s_reportInterval)
                    {
                        reported = TimeProvider.System.GetTimestamp();
                        room.Report(string.Create(CultureInfo.InvariantCulture, $"  {known:N0} certificates are known, {waiting:N0} wait to be signed {string.Join("; ", issuer["problems"]!.AsArray())}"));
                    }

                    return status == HttpStatusCode.OK && known >= Certificates && waiting == 0;
                },
                s_patience,
                cancellationToken);
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    private static string Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        return to;
    }
}

/// <summary>The host, and the CA that it answers for.</summary>
internal sealed class FileHost(ResponderProcess process, CaFolder authority, SerialNumber[] serials) : ScenarioHost(process, authority.Issuer, serials)
{
    public CaFolder Authority => authority;
}
