using System.Text.Json.Nodes;
using PkiCore.Responder.Demo;
using PkiCore.X509;

namespace PkiCore.Responder.Tests;

/// <summary>A demonstration CA in a folder of its own and a host that answers for it.</summary>
public sealed class ServedDemo : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;

    private ServedDemo(TemporaryDirectory directory, DemoCa ca, ResponderConfiguration configuration, ResponderProcess responder)
    {
        _directory = directory;
        Ca = ca;
        Configuration = configuration;
        Responder = responder;
    }

    public ResponderProcess Responder { get; }

    public ResponderConfiguration Configuration { get; }

    public Uri Url => Responder.Url;

    internal DemoCa Ca { get; }

    internal Issuer Issuer => Issuer.FromPemFile(Ca.CaPath);

    public string File(string name) => _directory.File(name);

    public async ValueTask DisposeAsync()
    {
        await Responder.DisposeAsync();
        _directory.Dispose();
    }

    /// <summary>Issues a certificate that names the real port, and waits until it is answered for.</summary>
    internal async Task<DemoCertificate> IssueAsync(string dnsName, CancellationToken cancellationToken)
    {
        DemoCertificate certificate = DemoCa.Open(Ca.Directory, TimeProvider.System, Ca.Options with { OcspUrl = Url.ToString() }).Issue(dnsName);
        byte[] request = OcspRequestEncoder.FromFiles(Ca.CaPath, certificate.CertificatePath);
        await Eventually.HoldsAsync($"{dnsName} is answered", async () => (await Responder.PostAsync(request, cancellationToken)).Length > 5, cancellationToken);
        return certificate;
    }

    /// <summary>Serves one reply for all these hashes.</summary>
    internal static Task<ServedDemo> StartCombinedAsync(params CertIdHash[] hashes) => StartAsync(configure: (configuration, ca) => configuration.Add(ca)
        .Set("Ocsp:PreparedHashes", new JsonArray([.. hashes.Select(hash => JsonValue.Create(hash.ToString()))]))
        .Set("Ocsp:CombineHashes", JsonValue.Create(true)));

    internal static async Task<ServedDemo> StartAsync(DemoCaOptions? options = null, Action<ResponderConfiguration, DemoCa>? configure = null)
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        var directory = new TemporaryDirectory();
        try
        {
            DemoCa ca = DemoCa.Create(directory.File("ca"), options ?? new DemoCaOptions(), TimeProvider.System);
            var configuration = new ResponderConfiguration(directory.File("responder.json"));
            if (configure is null)
            {
                configuration.Add(ca);
            }

            configure?.Invoke(configuration, ca);
            return new ServedDemo(directory, ca, configuration, await ResponderProcess.ServeAsync(configuration.Write(), cancellationToken));
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }
}

/// <summary>One host with the default settings for all tests of a class that change nothing.</summary>
public sealed class DemoFixture : IAsyncLifetime
{
    public ServedDemo Served { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Served = await ServedDemo.StartAsync();

    public ValueTask DisposeAsync() => Served?.DisposeAsync() ?? ValueTask.CompletedTask;
}
