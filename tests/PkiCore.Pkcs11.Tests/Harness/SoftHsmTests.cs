using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using static PkiCore.Pkcs11.Tests.Harness.RawModule;

namespace PkiCore.Pkcs11.Tests.Harness;

/// <summary>What other programs put on a token is there for a module.</summary>
public sealed class SoftHsmTests
{
    private const string Pin = "1234";

    [Fact]
    public async Task Keys_and_certificates_come_onto_a_token()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using FaultyModule faulty = await FaultyModule.CreateAsync("token", Pin, cancellation);
        using RSA rsa = RSA.Create(2048);
        var request = new CertificateRequest("CN=on the token", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        await faulty.ImportKeyAsync("token", Pin, rsa, "rsa", "01", cancellation);
        await faulty.Tokens.ImportCertificateAsync("token", Pin, certificate, "rsa", "01", cancellation);
        await faulty.Tokens.GenerateKeyAsync("token", Pin, "EC:secp384r1", "made on it", "02", cancellation);

        ToolResult objects = await ToolProcess.RunCheckedAsync(
            RequiredTool.Pkcs11Tool,
            ["--module", SoftHsm.ModulePath, "--token-label", "token", "--list-objects"],
            new ToolOptions { Timeout = TimeSpan.FromSeconds(20), Environment = faulty.Tokens.Environment },
            cancellation);
        Assert.Contains("CN=on the token", objects.Output, StringComparison.Ordinal);

        RawModule module = Load(faulty.ModulePath);
        Assert.Equal(Ok, module.Initialize());
        nuint session = module.OpenSession(module.SlotOf("token"));
        Assert.Equal(Ok, module.Login(session, Pin));
        Assert.NotEqual<nuint>(0, module.FindKey(session, "rsa"));
        Assert.NotEqual<nuint>(0, module.FindKey(session, "made on it"));
        Assert.Equal(Ok, module.Terminate());
    }

    [Fact]
    public async Task Ed25519_key_made_on_a_token_signs()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using FaultyModule faulty = await FaultyModule.CreateAsync("token", Pin, cancellation);
        await faulty.Tokens.GenerateKeyAsync("token", Pin, "EC:edwards25519", "ed", "01", cancellation);

        RawModule module = Load(faulty.ModulePath);
        Assert.Equal(Ok, module.Initialize());
        nuint session = module.OpenSession(module.SlotOf("token"));
        Assert.Equal(Ok, module.Login(session, Pin));
        Assert.Equal(Ok, module.Sign(session, module.FindKey(session, "ed"), "a message of any length"u8, out byte[] signature, MechanismEddsa));
        Assert.Equal(64, signature.Length);
        Assert.Equal(Ok, module.Terminate());
    }
}
