using System.Text.Json.Nodes;
using PkiCore.Galera;
using PkiCore.Responder.Demo;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Testing;

/// <summary>A CA in the lab's database with writers on every node, and edges that answer for it.</summary>
public sealed class LabScene : IAsyncDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly List<Edge> _edges = [];
    private DemoCertificate? _responder;
    private readonly List<EdgeAsker> _askers = [];
    private ISigner? _signer;
    private WriterCrew? _crew;
    private Issuer? _issuer;

    private LabScene(Lab lab) => Lab = lab;

    public Lab Lab { get; }

    public Issuer Issuer => _issuer!;

    public WriterCrew Crew => _crew!;

    /// <summary>The certificate of the CA.</summary>
    public string CaPath => _folder.File("ca.pem");

    /// <summary>Makes a CA and issues certificates.</summary>
    /// <param name="lab">The lab.</param>
    /// <param name="certificates">How many.</param>
    /// <param name="seed">Of what is random.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="configureWriters">Changes how the writers see the cluster.</param>
    public static async Task<LabScene> ArrangeAsync(Lab lab, int certificates, int seed, CancellationToken cancellationToken, Func<GaleraOptions, GaleraOptions>? configureWriters = null)
    {
        var scene = new LabScene(lab);
        await PrepareAsync(lab, cancellationToken);
        var ca = DemoCa.Create(scene._folder.FullPath, new DemoCaOptions(), TimeProvider.System);
        DemoCertificate responder = scene._responder = ca.CreateResponder(new DemoResponderOptions { Name = "signer" });
        scene._issuer = Issuer.FromPemFile(ca.CaPath);
        scene._signer = SoftwareSigner.FromPemFiles(responder.CertificatePath, responder.KeyPath);
        scene._crew = await WriterCrew.StartAsync(lab, scene._issuer, certificates, seed, cancellationToken, configureWriters);
        return scene;
    }

    /// <summary>Brings schema and users to a lab that has none yet.</summary>
    public static async Task PrepareAsync(Lab lab, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lab);
        await GaleraSchema.MigrateAsync(LabConnections.Node(lab, 1, "admin").DataSource, cancellationToken: cancellationToken);
        await lab.SqlAsync(1, GaleraSchema.UsersScript, cancellationToken);
    }

    /// <summary>Starts an edge, which is asked without end from then on.</summary>
    /// <param name="configure">Changes how it reads; by default it knows all nodes.</param>
    /// <param name="configureResponder">Changes how it answers.</param>
    /// <param name="clocks">What time it is; by default the right one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Edge> AddEdgeAsync(
        Func<GaleraOptions, GaleraOptions>? configure = null, Action<OcspResponderOptions>? configureResponder = null, EdgeClocks? clocks = null, CancellationToken cancellationToken = default)
    {
        GaleraOptions options = LabConnections.Options(Lab, "edge");
        var edge = new Edge(configure?.Invoke(options) ?? options, Issuer, _signer!, configureResponder, clocks);
        _edges.Add(edge);
        await edge.StartAsync(cancellationToken);
        _askers.Add(new EdgeAsker(edge, Crew, _askers.Count));
        return edge;
    }

    /// <summary>Settings of the host that make it an edge for the CA.</summary>
    public ResponderConfiguration Configure(string path)
    {
        LabClientFiles files = Lab.ClientFiles("edge");
        var configuration = new ResponderConfiguration(path);
        configuration.Issuers.Add(new JsonObject
        {
            ["Certificate"] = CaPath,
            ["Galera"] = true,
            ["Signer"] = new JsonObject { ["Certificate"] = _responder!.CertificatePath, ["Key"] = _responder.KeyPath },
        });
        return configuration.Set("Galera", new JsonObject
        {
            ["Nodes"] = new JsonArray([.. Lab.Nodes.Select(node => new JsonObject { ["Name"] = $"node{node}", ["Host"] = Lab.Address(node) })]),
            ["CaFile"] = files.Ca,
            ["Edge"] = new JsonObject { ["User"] = "edge", ["Certificate"] = files.Certificate, ["Key"] = files.Key },
        });
    }

    /// <summary>Who asks an edge.</summary>
    public EdgeAsker AskerOf(Edge edge) => _askers[_edges.IndexOf(edge)];

    /// <summary>Issues and revokes a certificate on a node, and waits until an edge answers that it is revoked.</summary>
    /// <returns>How long that took from the acknowledgement on.</returns>
    public async Task<TimeSpan> RevocationArrivesAsync(Edge edge, int node, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(edge);
        SerialNumber[] serials = await Crew.IssueOwnAsync(node - 1, 1, cancellationToken);
        await Crew.RevokeAsync(node - 1, serials[0], cancellationToken);
        return await Eventually.HoldsAsync($"a revocation on node {node} is answered", async () => await edge.AskAsync(serials[0]) is { IsRevoked: true }, cancellationToken);
    }

    /// <summary>Ends the writing, and holds all acknowledgements, the database and all edges against each other.</summary>
    /// <returns>What is wrong, with the log of each edge; nothing when every promise was kept.</returns>
    public async Task<IReadOnlyList<string>> JudgeAsync(int node, CancellationToken cancellationToken)
    {
        await Crew.StopAsync();
        GaleraJudge judge = await GaleraJudge.ReadAsync(LabConnections.Node(Lab, node, "edge"), Issuer, cancellationToken);
        judge.CompareAcknowledged(Crew.Acknowledgements);
        return await JudgeEdgesAsync(judge, cancellationToken);
    }

    /// <summary>The same without the acknowledgements: for a database that has lost some of them.</summary>
    public async Task<IReadOnlyList<string>> JudgeEdgesAsync(int node, CancellationToken cancellationToken)
    {
        await Crew.StopAsync();
        return await JudgeEdgesAsync(await GaleraJudge.ReadAsync(LabConnections.Node(Lab, node, "edge"), Issuer, cancellationToken), cancellationToken);
    }

    private async Task<IReadOnlyList<string>> JudgeEdgesAsync(GaleraJudge judge, CancellationToken cancellationToken)
    {
        foreach (Edge edge in _edges)
        {
            await judge.CompareEdgeAsync(edge, TimeSpan.FromSeconds(20), cancellationToken);
        }

        string[] faults = [.. judge.Faults, .. _askers.SelectMany(asker => asker.Faults)];
        return faults is [] ? [] : [.. faults, .. _edges.SelectMany(edge => edge.Log.Lines)];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (EdgeAsker asker in _askers)
        {
            await asker.DisposeAsync();
        }

        foreach (Edge edge in _edges)
        {
            await edge.DisposeAsync();
        }

        if (_crew is not null)
        {
            await _crew.DisposeAsync();
        }

        _signer?.Dispose();
        _folder.Dispose();
    }
}
