using System.Text.Json.Nodes;
using PkiCore.Ocsp;
using PkiCore.Responder.Demo;

namespace PkiCore.Responder.Tests.Crl;

/// <summary><c>serve</c> publishes CRLs and serves them beside OCSP.</summary>
public sealed class HostCrlTests : IDisposable
{
    private readonly ServedCrls _served = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _served.Dispose();

    [Fact]
    [Requirement("CX-2", "CD-1")]
    public async Task Published_at_start_changed_with_a_revocation_and_numbered_on_after_a_restart()
    {
        ReadCrl revoked;
        await using (ResponderProcess responder = await _served.ServeAsync())
        {
            ReadCrl first = await ServedCrls.WaitForAsync(responder, "/crl/ca.crl", _served.Ca);
            Assert.Equal(4, first.Serials.Count);
            ReadCrl delta = await ServedCrls.WaitForAsync(responder, "/crl/ca-delta.crl", _served.Ca);
            Assert.Equal(first.Number, delta.BaseNumber);
            Assert.Empty(delta.Serials);

            string serial = ServedCrls.SerialOf(_served.Ca.GoodPath);
            _served.Ca.Revoke(serial, null);
            delta = await ServedCrls.WaitForAsync(responder, "/crl/ca-delta.crl", _served.Ca, crl => crl.Serials.Contains(serial));
            revoked = await ServedCrls.WaitForAsync(responder, "/crl/ca.crl", _served.Ca, crl => crl.Serials.Contains(serial));
            Assert.True(revoked.Number > first.Number);
            Assert.Equal(first.Number, delta.BaseNumber);
            await Eventually.HoldsAsync("healthy", () => ServedCrls.HealthHasAsync(responder, "\"healthy\""), Cancellation);
            Assert.True(await ServedCrls.HealthHasAsync(responder, "\"crls\""));
            Assert.Contains("pkicore_crl_entries{issuer=\"CN=PkiCore Demo CA\"} 5", (await responder.GetAsync("metrics", Cancellation)).Body, StringComparison.Ordinal);
            Assert.Equal(0, await responder.StopAsync(Cancellation));
        }

        await using ResponderProcess again = await _served.ServeAsync();
        Assert.Equal(revoked.Number, (await ServedCrls.WaitForAsync(again, "/crl/ca.crl", _served.Ca)).Number); // served at once, and nothing is due
        _served.Ca.Hold(_served.Ca.Issue("held-later.demo.example").Serial);
        ReadCrl next = await ServedCrls.WaitForAsync(again, "/crl/ca.crl", _served.Ca, crl => crl.Serials.Count == 6);
        Assert.True(next.Number > revoked.Number);
    }

    [Fact]
    [Requirement("CD-1", "CD-2")]
    public async Task Headers_are_those_of_a_CRL_and_requests_of_OCSP_go_where_they_went()
    {
        await using ResponderProcess responder = await _served.ServeAsync();
        await ServedCrls.WaitForAsync(responder, "/crl/ca-delta.crl", _served.Ca);
        HttpReply reply = await RawHttp.GetAsync(responder.Url, "/crl/ca.crl", Cancellation);
        Assert.Equal(reply.Body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), reply["Content-Length"]);
        Assert.StartsWith("public, max-age=", reply["Cache-Control"], StringComparison.Ordinal);
        Assert.NotNull(reply["Expires"]);
        Assert.NotNull(reply["Last-Modified"]);
        HttpReply known = await RawHttp.SendAsync(responder.Url, $"GET /crl/ca.crl HTTP/1.1\r\nHost: a\r\nConnection: close\r\nIf-None-Match: {reply["ETag"]}\r\n\r\n", Cancellation);
        Assert.Equal(304, known.Status);
        Assert.Equal(404, (await RawHttp.GetAsync(responder.Url, "/crl/none.crl", Cancellation)).Status);
        Assert.Equal(405, (await RawHttp.SendAsync(responder.Url, "POST /crl/ca.crl HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", Cancellation)).Status);

        string target = Convert.ToBase64String(OcspRequestEncoder.FromFiles(_served.Ca.CaPath, _served.Ca.GoodPath));
        foreach (string path in new[] { "/" + target, "/" + Uri.EscapeDataString(target), "/ocsp/" + target })
        {
            Curl.AssertVerified(await RawHttp.GetAsync(responder.Url, path, Cancellation), X509.Issuer.FromPemFile(_served.Ca.CaPath), OcspCertificateStatus.Good);
        }

        Curl.AssertError(await RawHttp.GetAsync(responder.Url, "/other/ca.crl", Cancellation), OcspResponseStatus.MalformedRequest);
    }

    [Theory]
    [InlineData("current/ca.crl")] // the publisher's start hangs
    [InlineData("number")] // its first publication
    public async Task Folder_that_does_not_answer_keeps_OCSP_neither_from_starting_nor_from_reloading_nor_from_stopping(string pipe)
    {
        Directory.CreateDirectory(_served.File("crl/current"));
        string path = _served.File("crl/" + pipe);
        await ToolProcess.RunCheckedAsync("mkfifo", [path], TimeSpan.FromSeconds(10), Cancellation); // opening it waits for somebody at its other end, who never comes
        await using ResponderProcess responder = await _served.ServeAsync();
        Assert.Equal(OcspCertificateStatus.Good, await ServedCrls.AskAsync(responder, _served.Ca, _served.Ca.GoodPath));
        Assert.NotEqual(200, (await RawHttp.GetAsync(responder.Url, "/crl/ca.crl", Cancellation)).Status);

        responder.Signal(ResponderProcess.SigHup);
        await responder.WaitForOutputAsync("Reloaded the configuration", Cancellation);
        Assert.Equal(OcspCertificateStatus.Good, await ServedCrls.AskAsync(responder, _served.Ca, _served.Ca.GoodPath));
        Assert.Equal(0, await responder.StopAsync(Cancellation));
    }

    [Fact]
    public async Task Two_CAs_publish_apart_and_a_key_that_is_missing_stops_neither_OCSP_nor_the_other()
    {
        DemoCa second = DemoCa.Create(_served.File("second"), new DemoCaOptions { CaName = "Second CA" }, TimeProvider.System);
        JsonObject section = ServedCrls.CreateSection(second, "second-crl");
        section["Path"] = "/second/crls/";
        _served.Configuration.Add(second);
        _served.Configuration.Issuers[1]!["Crl"] = section;
        File.Move(second.CaKeyPath, second.CaKeyPath + ".away");
        await using ResponderProcess responder = await _served.ServeAsync();
        await ServedCrls.WaitForAsync(responder, "/crl/ca.crl", _served.Ca);
        Assert.True(await ServedCrls.HealthHasAsync(responder, "\"degraded\""));
        Assert.True(await ServedCrls.HealthHasAsync(responder, "its key cannot be used"));
        Assert.Contains("CN=Second CA: nothing signs its CRLs: ", responder.Output, StringComparison.Ordinal);
        Assert.Equal(OcspCertificateStatus.Good, await ServedCrls.AskAsync(responder, second, second.GoodPath));

        File.Move(second.CaKeyPath + ".away", second.CaKeyPath); // noticed by itself
        await ServedCrls.WaitForAsync(responder, "/second/crls/ca.crl", second);
        await Eventually.HoldsAsync("healthy", () => ServedCrls.HealthHasAsync(responder, "\"healthy\""), Cancellation);
    }

    [Fact]
    public async Task Directory_that_cannot_be_used_degrades_until_it_can()
    {
        await File.WriteAllTextAsync(_served.File("crl"), "in the way", Cancellation);
        await using ResponderProcess responder = await _served.ServeAsync();
        await Eventually.HoldsAsync("degraded", () => ServedCrls.HealthHasAsync(responder, "is a file and not a directory"), Cancellation);
        Assert.Equal(OcspCertificateStatus.Good, await ServedCrls.AskAsync(responder, _served.Ca, _served.Ca.GoodPath));
        Assert.Equal(404, (await RawHttp.GetAsync(responder.Url, "/crl/ca.crl", Cancellation)).Status);

        File.Delete(_served.File("crl"));
        responder.Signal(ResponderProcess.SigHup);
        await ServedCrls.WaitForAsync(responder, "/crl/ca.crl", _served.Ca);
        await Eventually.HoldsAsync("healthy", () => ServedCrls.HealthHasAsync(responder, "\"healthy\""), Cancellation);
    }

    [Fact]
    public async Task Shards_are_published_each_with_its_name()
    {
        _served.Section["Shards"] = new JsonObject { ["Count"] = 3, ["Uri"] = "http://crl.example/shard-{0:000}.crl", ["DeltaUri"] = "http://crl.example/shard-{0:000}-delta.crl" };
        await using ResponderProcess responder = await _served.ServeAsync();
        int revoked = 0;
        for (int shard = 0; shard < 3; shard++)
        {
            ReadCrl crl = await ServedCrls.WaitForAsync(responder, $"/crl/shard-00{shard}.crl", _served.Ca);
            Assert.Equal([$"http://crl.example/shard-00{shard}.crl"], crl.Uris);
            Assert.Equal([$"http://crl.example/shard-00{shard}-delta.crl"], crl.FreshestCrl);
            revoked += crl.Serials.Count;
        }

        Assert.Equal(4, revoked);
    }
}
