using PkiCore.LoadTest.Scenarios.Disturbances;
using PkiCore.LoadTest.Scenarios.Hosts;

namespace PkiCore.LoadTest.Scenarios;

/// <summary>All scenarios, in the order in which they are measured: those with the same host follow each other.</summary>
internal static class ScenarioList
{
    /// <summary>Too long for a quick look.</summary>
    public const string Failover = "node-failover";

    private const int StormCertificates = 100_000;
    private const int RevokedEvery = 10;
    private const int LabCertificates = 1_000;

    public static IEnumerable<string> Names => Create(new ScenarioSettings(IsQuick: true, 1, TimeSpan.FromSeconds(1))).Select(plan => plan.Name);

    public static IReadOnlyList<ScenarioPlan> Create(ScenarioSettings settings)
    {
        HostPlan ordinary = Ordinary(settings);
        var large = new FileHostPlan("large", settings.Large) { RevokedEvery = RevokedEvery, IsPrepared = true };
        return
        [
            Steady("steady-25", 0.25, ordinary),
            Steady("steady-50", 0.5, ordinary),
            Steady("steady-75", 0.75, ordinary),
            Table("certificates-10k", ordinary),
            Gated("unknown-serials", "4 clients that ask for serial numbers that were never issued, as fast as they are answered, 32 in one write", ordinary, Pipelining.Unknown),
            Gated(
                "idle-connections",
                FormattableString.Invariant($"{IdleConnections.CountFor(settings):N0} keep-alive connections that say nothing"),
                ordinary,
                surroundings => new IdleConnections(surroundings)) with { LeavesTraces = true }, // closed connections are there until a garbage collection
            Gated("pipelining", "4 clients that send the next requests before they have the answers to the last ones", ordinary, Pipelining.Hits),
            Gated(
                "nonce",
                "one request with a nonce for each 100 hits, signed when it comes",
                new FileHostPlan("ordinary", settings.Ordinary) { Configure = (configuration, _) => configuration.Set("Ocsp:Nonce", "Sign") },
                surroundings => new Nonces(surroundings)),
            Gated(
                "slow-loris",
                "1,000 clients that send an octet of a request each second",
                new FileHostPlan("ordinary", settings.Ordinary) { Configure = (configuration, _) => configuration.Set("Connections:RequestHeadersTimeout", SlowLoris.HeadTimeout(settings).ToString("c")) },
                surroundings => new SlowLoris(surroundings)),
            Gated(
                "revocation-storm",
                "1,000 certificates are revoked each second, each time by a new index.txt",
                new FileHostPlan("storm", Math.Max(settings.IsQuick ? 0 : StormCertificates, RevocationStorm.CertificatesFor(settings))),
                surroundings => new RevocationStorm(surroundings)) with { MayPutOff = true },
            Table("certificates-1M", large),
            Reported(
                "crl-downloads",
                "4 clients download the CRL again and again",
                new FileHostPlan("large", settings.Large) { RevokedEvery = RevokedEvery, IsPrepared = true, Configure = CrlDownloads.Configure },
                surroundings => new CrlDownloads(surroundings)),
            Gated(
                "snapshot",
                "a snapshot of all answers is written",
                new FileHostPlan("large", settings.Large)
                {
                    RevokedEvery = RevokedEvery,
                    IsPrepared = true,
                    Configure = (configuration, _) => configuration.Set("Ocsp:SnapshotInterval", SnapshotWriting.Interval(settings).ToString("c")),
                },
                surroundings => new SnapshotWriting(surroundings)) with { MinLength = SnapshotWriting.MinLength },
            Table("certificates-10M", new FileHostPlan("largest", settings.Largest) { IsPrepared = true }),
            Reported(Failover, "the node of the cluster that is read from is killed", new LabHostPlan(LabCertificates), surroundings => new NodeFailover(surroundings)),
        ];
    }

    /// <summary>The host whose highest rate all shares are of.</summary>
    public static HostPlan Ordinary(ScenarioSettings settings) => new FileHostPlan("ordinary", settings.Ordinary);

    private static ScenarioPlan Steady(string name, double share, HostPlan host) =>
        new(name, FormattableString.Invariant($"hits at {share:P0} of the maximum"), host, share) { HasNginx = true };

    private static ScenarioPlan Table(string name, HostPlan host) =>
        new(name, FormattableString.Invariant($"hits at half of the maximum, {host.Certificates:N0} certificates, all asked for equally often"), host, 0.5) { Zipf = 0 };

    private static ScenarioPlan Gated(string name, string beside, HostPlan host, Func<Surroundings, IDisturbance> create) => Reported(name, beside, host, create) with { IsGated = true };

    private static ScenarioPlan Reported(string name, string beside, HostPlan host, Func<Surroundings, IDisturbance> create) =>
        new(name, $"hits at a quarter of the maximum; beside them {beside}", host, 0.25) { Beside = create };
}
