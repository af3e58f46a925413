using System.Text.Json.Nodes;
using PkiCore.Ocsp;
using PkiCore.Responder.Demo;

namespace PkiCore.Responder.Tests.Crl;

/// <summary><c>serve</c> answers OCSP for a CA of which only CRLs are known.</summary>
public sealed class HostCrlSourceTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly DemoCa _ca;
    private readonly ResponderConfiguration _configuration;

    public HostCrlSourceTests()
    {
        _ca = DemoCa.Create(_directory.File("ca"), new DemoCaOptions(), TimeProvider.System);
        _configuration = new ResponderConfiguration(_directory.File("responder.json")).Add(_ca);
        ((JsonObject)_configuration.Issuers[0]!).Remove("Index");
        Directory.CreateDirectory(_directory.File("lists"));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task CRL_of_openssl_is_followed_and_what_is_not_on_it_is_good()
    {
        _configuration.Issuers[0]!["CrlSource"] = new JsonObject { ["Path"] = "lists", ["UnlistedAreGood"] = true };
        await IssueCrlAsync();
        await using ResponderProcess responder = await ResponderProcess.ServeAsync(_configuration.Write(), Cancellation);
        Assert.Equal(OcspCertificateStatus.Revoked, await ServedCrls.AskAsync(responder, _ca, _ca.RevokedPath));
        Assert.Equal(OcspCertificateStatus.Good, await ServedCrls.AskAsync(responder, _ca, _ca.GoodPath));

        _ca.Revoke(ServedCrls.SerialOf(_ca.GoodPath), null);
        await IssueCrlAsync();
        await Eventually.HoldsAsync("revoked", async () => await ServedCrls.AskAsync(responder, _ca, _ca.GoodPath) == OcspCertificateStatus.Revoked, Cancellation);
    }

    [Fact]
    public async Task List_of_issued_serial_numbers_says_what_is_good()
    {
        _configuration.Issuers[0]!["CrlSource"] = new JsonObject { ["Path"] = "lists/ca.crl", ["IssuedSerials"] = "issued.txt" };
        await File.WriteAllTextAsync(_directory.File("issued.txt"), ServedCrls.SerialOf(_ca.GoodPath) + "\n", Cancellation);
        await IssueCrlAsync();
        await using ResponderProcess responder = await ResponderProcess.ServeAsync(_configuration.Write(), Cancellation);
        Assert.Equal(OcspCertificateStatus.Good, await ServedCrls.AskAsync(responder, _ca, _ca.GoodPath));
        Assert.Equal(OcspCertificateStatus.Revoked, await ServedCrls.AskAsync(responder, _ca, _ca.RevokedPath));
        Assert.Null(await ServedCrls.AskAsync(responder, _ca, _ca.UnknownPath));
    }

    [Fact]
    public async Task Certificate_of_a_CRL_issuer_that_is_missing_makes_nothing_good()
    {
        _configuration.Issuers[0]!["CrlSource"] = new JsonObject { ["Path"] = "lists", ["CrlIssuers"] = new JsonArray("crl-issuer.pem"), ["UnlistedAreGood"] = true };
        await IssueCrlAsync();
        await using ResponderProcess responder = await ResponderProcess.StartAsync(["serve", "--config", _configuration.Write()], untilReady: false, cancellationToken: Cancellation);
        Assert.Null(await ServedCrls.AskAsync(responder, _ca, _ca.GoodPath));
        Assert.True(await ServedCrls.HealthHasAsync(responder, "CrlSource.CrlIssuers: "));

        File.Copy(_ca.CaPath, _directory.File("crl-issuer.pem")); // noticed by itself
        await Eventually.HoldsAsync("good", async () => await ServedCrls.AskAsync(responder, _ca, _ca.GoodPath) == OcspCertificateStatus.Good, Cancellation);
    }

    [Fact]
    public async Task Certificate_that_is_written_again_as_it_was_ends_nobodys_answers()
    {
        _configuration.Issuers[0]!["CrlSource"] = new JsonObject { ["Path"] = "lists", ["UnlistedAreGood"] = true };
        await IssueCrlAsync();
        await using ResponderProcess responder = await ResponderProcess.ServeAsync(_configuration.Write(), Cancellation);
        Assert.Equal(OcspCertificateStatus.Good, await ServedCrls.AskAsync(responder, _ca, _ca.GoodPath));
        Assert.Single(SourceStates(responder));

        File.SetLastWriteTimeUtc(_ca.CaPath, TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-1)); // noticed by itself
        await Eventually.HoldsAsync("reloaded", async () =>
        {
            Assert.Equal(OcspCertificateStatus.Good, await ServedCrls.AskAsync(responder, _ca, _ca.GoodPath));
            return responder.Output.Contains("Reloaded the configuration", StringComparison.Ordinal);
        }, Cancellation);
        Assert.Equal(OcspCertificateStatus.Good, await ServedCrls.AskAsync(responder, _ca, _ca.GoodPath));
        Assert.Single(SourceStates(responder)); // the source was not begun again

        static IEnumerable<string> SourceStates(ResponderProcess responder) => responder.Output.Split('\n').Where(line => line.Contains(": source ", StringComparison.Ordinal));
    }

    private async Task IssueCrlAsync()
    {
        await ToolProcess.RunCheckedAsync(
            RequiredTool.OpenSsl, ["ca", "-config", _ca.OpenSslConfigurationPath, "-gencrl", "-out", _directory.File("new.pem")], new ToolOptions { Timeout = TimeSpan.FromSeconds(20) }, Cancellation);
        File.Move(_directory.File("new.pem"), _directory.File("lists/ca.crl"), overwrite: true);
    }
}
