using PkiCore.Galera.Crls;

namespace PkiCore.Galera.Tests.Crls;

/// <summary>A publisher and edges that share a lab, each with a folder and a cluster of its own.</summary>
internal sealed class Distribution(CrlLab lab) : IDisposable
{
    private readonly TemporaryDirectory _root = new();
    private readonly HttpClient _http = new();
    private readonly CrlDistributionMetrics _metrics = new(meterFactory: null, "test");
    private readonly List<CrlReceiver> _receivers = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public CrlDistributionMetrics Metrics => _metrics;

    public string PathOf(string name) => Path.Combine(_root.FullPath, name);

    public TestCrls CreateFolder(string name) => new(lab.Authority, PathOf(name));

    public async Task<PublisherLease> TakeLeaseAsync(string holder, int node = 1, TimeProvider? clock = null)
    {
        PublisherLease lease = lab.Keep(new PublisherLease(await lab.OpenClusterAsync("publisher", node), lab.Issuer, holder, timeProvider: clock ?? new ManualTimeProvider()));
        await lease.StepAsync(Token);
        return lease;
    }

    public async Task<CrlSender> CreateSenderAsync(PublisherLease lease, TestCrls folder, Func<CrlSenderOptions, CrlSenderOptions>? change = null, params int[] nodes)
    {
        var options = new CrlSenderOptions { Directory = folder.Directory };
        return new CrlSender(new CrlDatabase(await lab.OpenClusterAsync("publisher", nodes), lab.Issuer), lease, change?.Invoke(options) ?? options, _metrics);
    }

    /// <summary>An edge that serves the folder of that name.</summary>
    public async Task<CrlReceiver> CreateReceiverAsync(string name, params int[] nodes)
    {
        var receiver = new CrlReceiver(new CrlDatabase(await lab.OpenClusterAsync("edge", nodes), lab.Issuer), lab.Issuer, new CrlReceiverOptions { Directory = PathOf(name) }, _http, _metrics);
        _receivers.Add(receiver);
        return receiver;
    }

    public byte[] Served(string edge, string name = "ca.crl") => File.ReadAllBytes(Path.Combine(PathOf(edge), "current", name));

    public void Dispose()
    {
        _receivers.ForEach(receiver => receiver.Dispose());
        _metrics.Dispose();
        _http.Dispose();
        _root.Dispose();
    }
}
