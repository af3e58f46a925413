using System.Text.Json.Nodes;
using PkiCore.Ocsp;
using PkiCore.Responder.Demo;
using PkiCore.X509;

namespace PkiCore.Responder.Tests;

/// <summary>A host with a second signer, by RSA, for those who prefer it; asked by hand, for no tool here can say what it prefers, and judged by openssl.</summary>
[Requirement("OX-7", "OX-8")]
public sealed class HostAlternateSignerTests
{
    private const string Ecdsa = "1.2.840.10045.4.3.2";
    private const string Rsa = "1.2.840.113549.1.1.11";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_gets_the_signature_that_it_prefers_and_openssl_verifies_both()
    {
        await using ServedDemo served = await StartAsync(withAlternate: true);
        await WaitForAsync(served, SignatureAlgorithm.RsaWithSha256, Rsa, Ecdsa);
        await WaitForAsync(served, SignatureAlgorithm.EcdsaWithSha256, Ecdsa, Rsa);
        await WaitForAsync(served, SignatureAlgorithm.EcdsaWithSha256);

        foreach (string[] preferred in (string[][])[[Rsa], [Ecdsa]])
        {
            await File.WriteAllBytesAsync(served.File("response.der"), await AskAsync(served, preferred), Cancellation);
            ToolResult result = await ToolProcess.RunAsync(
                RequiredTool.OpenSsl,
                ["ocsp", "-respin", served.File("response.der"), "-issuer", served.Ca.CaPath, "-cert", served.Ca.GoodPath, "-CAfile", served.Ca.CaPath, "-no_nonce"],
                TimeSpan.FromSeconds(20),
                Cancellation);
            Assert.Contains("Response verify OK", result.Error, StringComparison.Ordinal);
            Assert.Contains("good.pem: good", result.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Alternate_signer_comes_and_goes_with_the_configuration()
    {
        await using ServedDemo served = await StartAsync(withAlternate: false);
        await WaitForAsync(served, SignatureAlgorithm.EcdsaWithSha256, Rsa);

        AddAlternate(served.Configuration, served.Ca);
        served.Configuration.Write();
        await WaitForAsync(served, SignatureAlgorithm.RsaWithSha256, Rsa);
        Assert.Contains("\"algorithm\": \"sha256WithRSAEncryption\"", (await served.Responder.GetAsync("healthz", Cancellation)).Body, StringComparison.Ordinal);
        Assert.Contains("algorithm=\"sha256WithRSAEncryption\"", (await served.Responder.GetAsync("metrics", Cancellation)).Body, StringComparison.Ordinal);

        ((JsonObject)served.Configuration.Issuers[0]!).Remove("AlternateSigners");
        served.Configuration.Write();
        await WaitForAsync(served, SignatureAlgorithm.EcdsaWithSha256, Rsa);
    }

    [Fact]
    public async Task Alternate_signer_that_cannot_be_loaded_is_a_problem_and_nothing_else()
    {
        await using ServedDemo served = await ServedDemo.StartAsync(configure: (configuration, ca) =>
        {
            configuration.Add(ca);
            configuration.Issuers[0]!["AlternateSigners"] = new JsonArray(new JsonObject { ["Certificate"] = ca.ResponderPath, ["Key"] = ca.Layout.Key("missing") });
        });

        await WaitForAsync(served, SignatureAlgorithm.EcdsaWithSha256, Rsa);
        string health = (await served.Responder.GetAsync("healthz", Cancellation)).Body;
        Assert.Contains("an alternate signer does not sign", health, StringComparison.Ordinal);
        Assert.Contains("degraded", health, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Alternate_signer_by_the_same_algorithm_is_a_problem_and_nothing_else()
    {
        await using ServedDemo served = await ServedDemo.StartAsync(configure: (configuration, ca) =>
        {
            configuration.Add(ca);
            configuration.Issuers[0]!["AlternateSigners"] = new JsonArray(new JsonObject { ["Certificate"] = ca.ResponderPath, ["Key"] = ca.ResponderKeyPath });
        });

        await WaitForAsync(served, SignatureAlgorithm.EcdsaWithSha256, Rsa);
        Assert.Contains("as another signer of this CA does", (await served.Responder.GetAsync("healthz", Cancellation)).Body, StringComparison.Ordinal);
    }

    private static Task<ServedDemo> StartAsync(bool withAlternate) => ServedDemo.StartAsync(configure: (configuration, ca) =>
    {
        configuration.Add(ca);
        ca.CreateResponder(new DemoResponderOptions { Name = "rsa", KeyType = DemoKeyType.Rsa2048 });
        if (withAlternate)
        {
            AddAlternate(configuration, ca);
        }
    });

    private static void AddAlternate(ResponderConfiguration configuration, DemoCa ca) =>
        configuration.Issuers[0]!["AlternateSigners"] = new JsonArray(new JsonObject { ["Certificate"] = ca.Layout.Top("rsa"), ["Key"] = ca.Layout.Key("rsa") });

    private static Task<TimeSpan> WaitForAsync(ServedDemo served, SignatureAlgorithm algorithm, params string[] preferred) => Eventually.HoldsAsync(
        $"the answer is by {algorithm}",
        async () => OcspResponse.Parse(await AskAsync(served, preferred)) is { Status: OcspResponseStatus.Successful } response
            && response.SignatureAlgorithmIdentifier.Span.SequenceEqual(algorithm.Encoded),
        Cancellation);

    private static Task<byte[]> AskAsync(ServedDemo served, string[] preferred)
    {
        byte[] request = OcspRequestEncoder.FromFiles(served.Ca.CaPath, served.Ca.GoodPath);
        return served.Responder.PostAsync(preferred.Length == 0 ? request : OcspRequestEncoder.WithPreference(request, preferred), Cancellation);
    }
}
