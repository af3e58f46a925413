using PkiCore.Ocsp;
using PkiCore.Responder.Demo;

namespace PkiCore.Responder.Tests.Crl;

/// <summary>What is said of CRLs changes while the host serves.</summary>
public sealed class HostCrlReloadTests : IAsyncLifetime
{
    private readonly ServedCrls _served = new();
    private ResponderProcess _responder = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _responder = await _served.ServeAsync();

    public async ValueTask DisposeAsync()
    {
        if (_responder is not null)
        {
            await _responder.DisposeAsync();
        }

        _served.Dispose();
    }

    [Fact]
    public async Task Changed_section_takes_over_where_the_one_before_ended_and_a_removed_one_is_no_longer_served()
    {
        ReadCrl before = await ServedCrls.WaitForAsync(_responder, "/crl/ca.crl", _served.Ca);
        _served.Section["Path"] = "/lists";
        _served.Section["FreshestUri"] = "http://crl.example/ca-delta.crl";
        Reload();
        Assert.True((await ServedCrls.WaitForAsync(_responder, "/lists/ca.crl", _served.Ca)).Number >= before.Number);
        await Eventually.HoldsAsync("gone", async () => await ServedCrls.TryReadAsync(_responder, "/crl/ca.crl", _served.Ca) is null, Cancellation);

        string serial = ServedCrls.SerialOf(_served.Ca.GoodPath);
        _served.Ca.Revoke(serial, null);
        ReadCrl after = await ServedCrls.WaitForAsync(_responder, "/lists/ca.crl", _served.Ca, crl => crl.Serials.Contains(serial));
        Assert.True(after.Number > before.Number);
        Assert.Equal(["http://crl.example/ca-delta.crl"], after.FreshestCrl);
        string metrics = (await _responder.GetAsync("metrics", Cancellation)).Body;
        Assert.Single(metrics.Split('\n'), line => line.StartsWith("pkicore_crl_entries{", StringComparison.Ordinal)); // of the publisher that is left

        ((System.Text.Json.Nodes.JsonObject)_served.Configuration.Issuers[0]!).Remove("Crl");
        Reload();
        await Eventually.HoldsAsync("gone", async () => await ServedCrls.TryReadAsync(_responder, "/lists/ca.crl", _served.Ca) is null, Cancellation);
        Assert.False(await ServedCrls.HealthHasAsync(_responder, "\"crls\""));
        Assert.Equal(OcspCertificateStatus.Revoked, await ServedCrls.AskAsync(_responder, _served.Ca, _served.Ca.GoodPath));
    }

    [Theory]
    [InlineData("Key", "other/private/ca.key", "nothing signs its CRLs: ")]
    [InlineData("Directory", "none/crl", "Issuers[0].Crl.Directory: ")]
    [InlineData("Validity", "00:01:00", "Issuers[0].Crl.Validity has to be longer than Interval")]
    public async Task Section_that_cannot_be_used_keeps_the_one_before(string setting, string value, string message)
    {
        DemoCa.Create(_served.File("other"), new DemoCaOptions(), TimeProvider.System);
        await ServedCrls.WaitForAsync(_responder, "/crl/ca.crl", _served.Ca);
        _served.Section[setting] = value;
        Reload();
        await Eventually.HoldsAsync("refused", () => ServedCrls.HealthHasAsync(_responder, message), Cancellation);
        string serial = ServedCrls.SerialOf(_served.Ca.GoodPath);
        _served.Ca.Revoke(serial, null);
        await ServedCrls.WaitForAsync(_responder, "/crl/ca.crl", _served.Ca, crl => crl.Serials.Contains(serial));
        Assert.True(await ServedCrls.HealthHasAsync(_responder, "\"ready\": true"));
    }

    [Fact]
    public async Task Key_that_is_replaced_by_itself_goes_on_publishing()
    {
        await ServedCrls.WaitForAsync(_responder, "/crl/ca.crl", _served.Ca);
        File.Copy(_served.Ca.CaKeyPath, _served.File("copy.key"));
        _served.Section["Key"] = _served.File("copy.key");
        Reload();
        await _responder.WaitForOutputAsync("Reloaded the configuration", Cancellation);
        string serial = ServedCrls.SerialOf(_served.Ca.GoodPath);
        _served.Ca.Revoke(serial, null);
        await ServedCrls.WaitForAsync(_responder, "/crl/ca.crl", _served.Ca, crl => crl.Serials.Contains(serial));
    }

    private void Reload()
    {
        _served.Configuration.Write();
        _responder.Signal(ResponderProcess.SigHup);
    }
}
