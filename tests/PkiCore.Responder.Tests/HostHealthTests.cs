using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using PkiCore.Ocsp;
using PkiCore.Responder.Demo;

namespace PkiCore.Responder.Tests;

/// <summary>The second listener: health, readiness and metrics.</summary>
public sealed partial class HostHealthTests(DemoFixture fixture) : IClassFixture<DemoFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private ResponderProcess Responder => fixture.Served.Responder;

    [Fact]
    public async Task Healthy_responder_says_so_and_describes_each_issuer()
    {
        (HttpStatusCode status, string body) = await Responder.GetAsync("healthz", Cancellation);
        Assert.Equal(HttpStatusCode.OK, status);
        JsonElement health = JsonDocument.Parse(body).RootElement;
        Assert.Equal("healthy", health.GetProperty("status").GetString());
        Assert.True(health.GetProperty("ready").GetBoolean());
        JsonElement issuer = Assert.Single(health.GetProperty("issuers").EnumerateArray());
        Assert.Equal("CN=PkiCore Demo CA", issuer.GetProperty("name").GetString());
        Assert.Equal(4, issuer.GetProperty("revoked").GetInt32());
        Assert.Equal(0, issuer.GetProperty("problems").GetArrayLength());
    }

    [Fact]
    public async Task Two_listeners_are_apart()
    {
        Assert.Equal("127.0.0.1", Responder.Management.Host);
        HttpReply ocsp = await RawHttp.GetAsync(Responder.Url, "/metrics", Cancellation);
        Curl.AssertError(ocsp, OcspResponseStatus.MalformedRequest);
        string target = "/" + Uri.EscapeDataString(Convert.ToBase64String(OcspRequestEncoder.FromFiles(fixture.Served.Ca.CaPath, fixture.Served.Ca.GoodPath)));
        Assert.Equal(404, (await RawHttp.GetAsync(Responder.Management, target, Cancellation)).Status);
        Assert.Equal(404, (await RawHttp.GetAsync(Responder.Management, "/", Cancellation)).Status);
    }

    [Fact]
    public async Task Metrics_are_well_formed_and_count_what_happens()
    {
        await using ServedDemo served = await ServedDemo.StartAsync(
            configure: (configuration, ca) => configuration.Add(ca).Set("Ocsp:UnknownSerial", "Unknown"));
        DemoCa ca = served.Ca;
        byte[] good = OcspRequestEncoder.FromFiles(ca.CaPath, ca.GoodPath);
        await served.Responder.PostAsync(good, Cancellation);
        await served.Responder.PostAsync(OcspRequestEncoder.FromFiles(ca.CaPath, ca.RevokedPath), Cancellation);
        await served.Responder.PostAsync(OcspRequestEncoder.FromFiles(ca.CaPath, ca.UnknownPath), Cancellation);
        await served.Responder.PostAsync(OcspRequestEncoder.FromFiles(ca.CaPath, ca.GoodPath, HashAlgorithmName.SHA512), Cancellation);
        await served.Responder.PostAsync([], Cancellation);
        await RawHttp.GetAsync(served.Url, "/" + Uri.EscapeDataString(Convert.ToBase64String(good)), Cancellation);

        await RawHttp.SendAsync(served.Url, "BREW / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", Cancellation);
        await RawHttp.SendAsync(served.Url, "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", Cancellation);

        Dictionary<string, double> metrics = ParseMetrics((await served.Responder.GetAsync("metrics", Cancellation)).Body);
        var authority = X509.Issuer.FromPemFile(ca.CaPath);
        string issuer = $"issuer=\"CN=PkiCore Demo CA\",key=\"{Convert.ToHexStringLower(authority.GetKeyHash(X509.CertIdHash.Sha1)[..4])}\"";
        Assert.Equal(3, metrics["pkicore_ocsp_answers_total{outcome=\"Good\"}"]);
        Assert.Equal(1, metrics["pkicore_ocsp_answers_total{outcome=\"Revoked\"}"]);
        Assert.Equal(1, metrics["pkicore_ocsp_answers_total{outcome=\"Unknown\"}"]);
        Assert.Equal(1, metrics["pkicore_ocsp_answers_total{outcome=\"MalformedRequest\"}"]);
        Assert.Equal(1, metrics["pkicore_ocsp_request_duration_seconds_count{method=\"GET\",outcome=\"Good\"}"]);
        Assert.Equal(2, metrics["pkicore_ocsp_request_duration_seconds_count{method=\"POST\",outcome=\"Good\"}"]);
        Assert.Equal(2, metrics["pkicore_ocsp_request_duration_seconds_bucket{method=\"POST\",outcome=\"Good\",le=\"+Inf\"}"]);
        Assert.Equal(1, metrics["pkicore_ocsp_request_refused_total{status=\"405\"}"]);
        Assert.Equal(1, metrics["pkicore_ocsp_request_refused_total{status=\"415\"}"]);
        Assert.Equal(1, metrics[$"pkicore_ocsp_certificates{{{issuer},status=\"good\"}}"]);
        Assert.Equal(4, metrics[$"pkicore_ocsp_certificates{{{issuer},status=\"revoked\"}}"]);
        Assert.Equal(10, metrics["pkicore_ocsp_signatures_total{lane=\"ahead\"}"]); // five certificates, two hashes
        Assert.Equal(2, metrics["pkicore_ocsp_signatures_total{lane=\"live\"}"]);
        Assert.Equal(0, metrics["pkicore_ocsp_signature_failures_total"]);
        Assert.Equal(0, metrics[$"pkicore_ocsp_live_queue{{{issuer}}}"]);
        Assert.Equal(0, metrics["pkicore_ocsp_live_shed_total"]);
        Assert.InRange(metrics[$"pkicore_ocsp_watermark_age_seconds{{{issuer}}}"], 0, 10);
        Assert.InRange(metrics[$"pkicore_ocsp_oldest_answer_age_seconds{{{issuer}}}"], 0, 60);
        Assert.InRange(metrics[$"pkicore_ocsp_signer_expiry_seconds{{{issuer}}}"], 700 * 86400.0, 731 * 86400.0);
    }

    [Fact]
    public async Task Readiness_fails_while_nothing_can_be_answered()
    {
        using var directory = new TemporaryDirectory();
        DemoCa ca = DemoCa.Create(directory.File("ca"), new DemoCaOptions(), TimeProvider.System);
        File.Move(ca.IndexPath, ca.IndexPath + ".away");
        string path = new ResponderConfiguration(directory.File("responder.json")).Add(ca).Write();
        await using ResponderProcess responder = await ResponderProcess.StartAsync(["serve", "--config", path], untilReady: false, cancellationToken: Cancellation);
        (HttpStatusCode status, string body) = await responder.GetAsync("readyz", Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("\"unhealthy\"", body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await responder.GetAsync("healthz", Cancellation)).Status); // the process itself lives
        Assert.Equal([0x30, 0x03, 0x0A, 0x01, 0x03], await responder.PostAsync(OcspRequestEncoder.FromFiles(ca.CaPath, ca.GoodPath), Cancellation));

        File.Move(ca.IndexPath + ".away", ca.IndexPath);
        await responder.WaitUntilReadyAsync(Cancellation);
    }

    /// <summary>Checks the lines of the text format and that no series is there twice.</summary>
    private static Dictionary<string, double> ParseMetrics(string text)
    {
        var series = new Dictionary<string, double>();
        var families = new HashSet<string>();
        foreach (string line in text.TrimEnd('\n').Split('\n'))
        {
            if (line.StartsWith('#'))
            {
                Assert.Matches("^# (HELP|TYPE|UNIT) [a-z_:][a-z0-9_:]* .+$", line);
                families.Add(line.Split(' ')[2]);
                continue;
            }

            Match match = SampleLine().Match(line);
            Assert.True(match.Success, line);
            Assert.Contains(families, family => match.Groups["name"].Value.StartsWith(family, StringComparison.Ordinal));
            string value = match.Groups["value"].Value;
            series.Add(match.Groups["series"].Value, value is "+Inf" or "-Inf" or "NaN" ? double.NaN : double.Parse(value, CultureInfo.InvariantCulture));
        }

        return series;
    }

    [GeneratedRegex("""^(?<series>(?<name>[a-z_:][a-z0-9_:]*)(\{([a-z_]+="([^"\\]|\\.)*",?)+\})?) (?<value>\S+)$""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SampleLine();
}
