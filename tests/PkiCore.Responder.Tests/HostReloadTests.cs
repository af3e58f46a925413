using System.Net;
using System.Text.Json;
using PkiCore.Ocsp;
using PkiCore.Responder.Demo;
using PkiCore.X509;

namespace PkiCore.Responder.Tests;

/// <summary>Configuration, issuers and signers change while the host serves, on SIGHUP and on file change.</summary>
public sealed class HostReloadTests(ITestOutputHelper output) : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private DemoCa _ca = null!;
    private ResponderConfiguration _configuration = null!;
    private ResponderProcess _responder = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _ca = DemoCa.Create(_directory.File("ca"), new DemoCaOptions(), TimeProvider.System);
        _configuration = new ResponderConfiguration(_directory.File("responder.json")).Add(_ca);
        _responder = await ResponderProcess.ServeAsync(_configuration.Write(), Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        if (_responder is not null)
        {
            await _responder.DisposeAsync();
        }

        _directory.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Issuer_is_added_and_removed(bool bySignal)
    {
        DemoCa second = DemoCa.Create(_directory.File("second"), new DemoCaOptions { CaName = "Second CA" }, TimeProvider.System);
        Assert.Equal(OcspResponseStatus.Unauthorized, (await AskAsync(second))?.Status);

        _configuration.Add(second).Write();
        SignalIf(bySignal);
        await Eventually.HoldsAsync("the second CA is answered", async () => await IsGoodAsync(second), Cancellation);
        Assert.True(await IsGoodAsync(_ca));

        _configuration.Issuers.RemoveAt(1);
        _configuration.Write();
        SignalIf(bySignal);
        await Eventually.HoldsAsync("the second CA is foreign", async () => (await AskAsync(second))?.Status == OcspResponseStatus.Unauthorized, Cancellation);
        Assert.True(await IsGoodAsync(_ca));
    }

    [Fact]
    [Requirement("T-26")]
    public async Task Rollover_of_the_signer_under_load_drops_no_request()
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var issuer = Issuer.FromPemFile(_ca.CaPath);
        byte[] request = OcspRequestEncoder.FromFiles(_ca.CaPath, _ca.GoodPath);
        byte[] live = OcspRequestEncoder.FromFiles(_ca.CaPath, _ca.GoodPath, System.Security.Cryptography.HashAlgorithmName.SHA384);
        int answered = 0;
        Task[] load = [.. Enumerable.Range(0, 4).Select(worker => Task.Run(
            async () =>
            {
                while (!stopping.IsCancellationRequested)
                {
                    AssertValid(await _responder.PostAsync(worker == 0 ? live : request, Cancellation), issuer);
                    Interlocked.Increment(ref answered);
                }
            },
            Cancellation))];

        string first = SignerOf(await _responder.PostAsync(request, Cancellation));
        for (int round = 0; round < 3; round++)
        {
            int before = Volatile.Read(ref answered);
            DemoCertificate next = _ca.CreateResponder(new DemoResponderOptions { Name = $"next{round}", KeyType = round == 1 ? DemoKeyType.Rsa2048 : DemoKeyType.EcdsaP256 });
            _configuration.Issuers.Clear();
            _configuration.Add(_ca, next.Name).Write();
            string expected = KeyHashOf(next.CertificatePath);
            await Eventually.HoldsAsync($"{next.Name} signs", async () => SignerOf(await _responder.PostAsync(live, Cancellation)) == expected, Cancellation);
            await Eventually.HoldsAsync("requests go on", () => Volatile.Read(ref answered) > before + 100, Cancellation);
        }

        // What was signed ahead by the first signer stays in use until it is due, beside what the last one signs.
        Assert.Equal(first, SignerOf(await _responder.PostAsync(request, Cancellation)));
        await stopping.CancelAsync();
        await Task.WhenAll(load);
        output.WriteLine($"{answered} answers during three rollovers");
        DemoCertificate late = _ca.Issue("late.demo.example");
        byte[] lateRequest = OcspRequestEncoder.FromFiles(_ca.CaPath, late.CertificatePath);
        await Eventually.HoldsAsync("the new certificate is signed for", async () => SignerOf(await _responder.PostAsync(lateRequest, Cancellation)) == KeyHashOf(_ca.Layout.Top("next2")), Cancellation);
    }

    [Fact]
    [Requirement("T-26")]
    public async Task Signer_replaced_in_place_is_taken_into_use()
    {
        _ca.CreateResponder(new DemoResponderOptions());
        byte[] live = OcspRequestEncoder.FromFiles(_ca.CaPath, _ca.GoodPath, System.Security.Cryptography.HashAlgorithmName.SHA384);
        await Eventually.HoldsAsync("the new certificate signs", async () => SignerOf(await _responder.PostAsync(live, Cancellation)) == KeyHashOf(_ca.ResponderPath), Cancellation);
        await Eventually.HoldsAsync("no problem is left", async () => await ReadStatusAsync() == "healthy", Cancellation);
    }

    [Theory]
    [InlineData("{ \"Listen\": [", "line 1")]
    [InlineData("{ \"Isuers\": [] }", "Isuers")]
    [InlineData("{ }", "Issuers: name one CA at least")]
    [InlineData("", "does not contain any JSON")]
    public async Task Broken_configuration_keeps_the_one_before(string json, string reason)
    {
        await File.WriteAllTextAsync(_configuration.FilePath, json, Cancellation);
        _responder.Signal(ResponderProcess.SigHup);
        await Eventually.HoldsAsync("degraded", async () => await ReadStatusAsync() == "degraded", Cancellation);
        Assert.Contains(reason, (await _responder.GetAsync("healthz", Cancellation)).Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await _responder.GetAsync("readyz", Cancellation)).Status);
        Assert.True(await IsGoodAsync(_ca));

        _configuration.Write();
        await Eventually.HoldsAsync("healthy again", async () => await ReadStatusAsync() == "healthy", Cancellation);
    }

    [Fact]
    [Requirement("RS-18")]
    public async Task Expired_new_signer_keeps_the_one_before()
    {
        string before = KeyHashOf(_ca.ResponderPath);
        _ca.CreateResponder(new DemoResponderOptions { Faults = ResponderFaults.Expired });
        await Eventually.HoldsAsync("degraded", async () => await ReadStatusAsync() == "degraded", Cancellation);
        byte[] live = OcspRequestEncoder.FromFiles(_ca.CaPath, _ca.GoodPath, System.Security.Cryptography.HashAlgorithmName.SHA384);
        Assert.Equal(before, SignerOf(await _responder.PostAsync(live, Cancellation)));
        Assert.Contains("the one before stays in use", (await _responder.GetAsync("healthz", Cancellation)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CA_certificate_that_is_gone_for_a_while_does_not_remove_the_CA()
    {
        File.Move(_ca.CaPath, _directory.File("away.pem"));
        await Eventually.HoldsAsync("degraded", async () => await ReadStatusAsync() == "degraded", Cancellation);
        Assert.Contains(_ca.CaPath, (await _responder.GetAsync("healthz", Cancellation)).Body, StringComparison.Ordinal);
        byte[] request = OcspRequestEncoder.FromFiles(_directory.File("away.pem"), _ca.GoodPath);
        Assert.Equal(OcspResponseStatus.Successful, OcspResponse.Parse(await _responder.PostAsync(request, Cancellation))?.Status);

        File.Move(_directory.File("away.pem"), _ca.CaPath);
        await Eventually.HoldsAsync("healthy again", async () => await ReadStatusAsync() == "healthy", Cancellation);
        Assert.True(await IsGoodAsync(_ca));
    }

    [Fact]
    public async Task Index_that_moves_to_where_there_is_none_keeps_the_one_before()
    {
        _configuration.Issuers.Clear();
        _configuration.Add(_ca.CaPath, _directory.File("none.txt"), _ca.ResponderPath, _ca.ResponderKeyPath).Write();
        await Eventually.HoldsAsync("degraded", async () => await ReadStatusAsync() == "degraded", Cancellation);
        Assert.Contains("Issuers[0].Index: cannot be read", (await _responder.GetAsync("healthz", Cancellation)).Body, StringComparison.Ordinal);
        _ca.Revoke(SerialOf(_ca.GoodPath), null);
        await Eventually.HoldsAsync("revoked", async () => (await AskAsync(_ca))?.Responses is [{ Status: OcspCertificateStatus.Revoked }], Cancellation);
    }

    [Fact]
    public async Task Index_that_moves_is_followed()
    {
        File.Copy(_ca.IndexPath, _directory.File("other.txt"));
        _ca.Revoke(SerialOf(_ca.GoodPath), null);
        File.Move(_ca.IndexPath, _directory.File("revoked.txt"));
        File.Move(_directory.File("other.txt"), _ca.IndexPath);
        _configuration.Issuers.Clear();
        _configuration.Add(_ca.CaPath, _directory.File("revoked.txt"), _ca.ResponderPath, _ca.ResponderKeyPath).Write();
        await Eventually.HoldsAsync("revoked", async () => (await AskAsync(_ca))?.Responses is [{ Status: OcspCertificateStatus.Revoked }], Cancellation);
    }

    [Fact]
    public async Task Setting_that_needs_a_restart_is_logged()
    {
        _configuration.Set("Http:MaxAgeGood", "00:00:10").Write();
        await _responder.WaitForOutputAsync("Settings other than Issuers have changed", Cancellation);
        Assert.True(await IsGoodAsync(_ca));
    }

    private void SignalIf(bool bySignal)
    {
        if (bySignal)
        {
            _responder.Signal(ResponderProcess.SigHup);
        }
    }

    private async Task<OcspResponse?> AskAsync(DemoCa ca) =>
        OcspResponse.Parse(await _responder.PostAsync(OcspRequestEncoder.FromFiles(ca.CaPath, ca.GoodPath), Cancellation));

    private async Task<bool> IsGoodAsync(DemoCa ca) => (await AskAsync(ca))?.Responses is [{ Status: OcspCertificateStatus.Good }];

    private async Task<string?> ReadStatusAsync() =>
        JsonDocument.Parse((await _responder.GetAsync("healthz", Cancellation)).Body).RootElement.GetProperty("status").GetString();

    private static void AssertValid(byte[] reply, Issuer issuer)
    {
        OcspResponse? response = OcspResponse.Parse(reply);
        Assert.True(response?.Status == OcspResponseStatus.Successful, Convert.ToHexString(reply));
        Assert.Equal(OcspVerificationResult.Valid, OcspResponseVerifier.Verify(response, issuer, TimeProvider.System.GetUtcNow()));
    }

    private static string SignerOf(byte[] reply) => Convert.ToHexString(OcspResponse.Parse(reply)!.ResponderKeyHash.Span);

    private static string KeyHashOf(string path) => Convert.ToHexString(Issuer.FromPemFile(path).GetKeyHash(CertIdHash.Sha1));

    private static string SerialOf(string path)
    {
        using var certificate = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificateFromFile(path);
        return certificate.SerialNumber;
    }
}
