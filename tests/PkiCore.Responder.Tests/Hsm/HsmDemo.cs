using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using PkiCore.Ocsp;
using PkiCore.Responder.Demo;
using PkiCore.X509;

namespace PkiCore.Responder.Tests.Hsm;

/// <summary>A demonstration CA whose responder key is on tokens, each behind a module of its own that shows faults on order.</summary>
internal sealed class HsmDemo : IDisposable
{
    public const string Pin = "rare-Pin-0815";

    private static readonly byte[] s_nonce = [.. Enumerable.Range(0, 16).Select(octet => (byte)octet)];

    private readonly TemporaryDirectory _directory = new();

    private HsmDemo()
    {
        Ca = DemoCa.Create(_directory.File("ca"), new DemoCaOptions(), TimeProvider.System);
        Configuration = new ResponderConfiguration(_directory.File("responder.json"));
        PinPath = _directory.File("pin");
        File.WriteAllText(PinPath, Pin + "\n");
    }

    public DemoCa Ca { get; }

    public List<FaultyModule> Modules { get; } = [];

    public ResponderConfiguration Configuration { get; }

    public string PinPath { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Makes tokens <c>token-0</c>, <c>token-1</c> and so on.</summary>
    public static async Task<HsmDemo> CreateAsync(int tokens = 1, bool withCertificate = false)
    {
        var demo = new HsmDemo();
        try
        {
            for (int i = 0; i < tokens; i++)
            {
                FaultyModule module = await FaultyModule.CreateAsync(Label(i), Pin, Cancellation);
                demo.Modules.Add(module);
                await module.ImportKeyAsync(Label(i), Pin, demo.Ca.ResponderKeyPath, "ocsp", "01", Cancellation);
                if (withCertificate)
                {
                    using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(demo.Ca.ResponderPath);
                    await module.Tokens.ImportCertificateAsync(Label(i), Pin, certificate, "ocsp", "01", Cancellation);
                }
            }

            File.Delete(demo.Ca.ResponderKeyPath); // nothing but the tokens can sign
            return demo;
        }
        catch
        {
            demo.Dispose();
            throw;
        }
    }

    public static string Label(int index) => $"token-{index}";

    /// <summary>What metrics say of a token.</summary>
    public string Tags(int index) => $"module=\"{Modules[index].ModulePath}\",token=\"{Label(index)}\"";

    /// <summary>What the key on a token is called.</summary>
    public string KeyName(int index) => $"key 'ocsp' on token '{Label(index)}' of {Modules[index].ModulePath}";

    /// <summary>The URI of the key on a token.</summary>
    public string Uri(int index, string? pinSource = null, string key = "ocsp") =>
        $"pkcs11:token={Label(index)};object={key}?module-path={Modules[index].ModulePath}&pin-source={pinSource ?? "file:" + PinPath}";

    /// <summary>Starts the host with these keys; each request with a nonce is signed for.</summary>
    public Task<ResponderProcess> ServeAsync(string[] uris, bool untilReady = true, IReadOnlyDictionary<string, string?>? environment = null, bool strict = false, string? certificate = null)
    {
        Configuration.Issuers.Clear();
        Configuration.Add(Ca.CaPath, Ca.IndexPath, certificate ?? Ca.ResponderPath, "").Set("Ocsp:Nonce", "Sign");
        Configuration.Issuers[0]!["Signer"]!["Key"] = new JsonArray([.. uris.Select(uri => JsonValue.Create(uri))]);
        string[] flags = strict ? ["--strict"] : [];
        return ResponderProcess.StartAsync(["serve", "--config", Configuration.Write(), .. flags], environment: environment, untilReady: untilReady, cancellationToken: Cancellation);
    }

    /// <summary>Asks for the good certificate, with a nonce so that a signature has to be made.</summary>
    public async Task<OcspResponseStatus?> AskAsync(ResponderProcess responder)
    {
        byte[] reply = await responder.PostAsync(OcspRequestEncoder.FromFiles(Ca.CaPath, Ca.GoodPath, nonce: s_nonce), Cancellation);
        OcspResponse? response = OcspResponse.Parse(reply);
        if (response?.Status == OcspResponseStatus.Successful)
        {
            Assert.Equal(OcspVerificationResult.Valid, OcspResponseVerifier.Verify(response, Issuer.FromPemFile(Ca.CaPath), TimeProvider.System.GetUtcNow()));
        }

        return response?.Status;
    }

    public static async Task<bool> HasAsync(ResponderProcess responder, string page, string text) =>
        (await responder.GetAsync(page, Cancellation)).Body.Contains(text, StringComparison.Ordinal);

    public void Dispose()
    {
        foreach (FaultyModule module in Modules)
        {
            module.Dispose();
        }

        _directory.Dispose();
    }
}
