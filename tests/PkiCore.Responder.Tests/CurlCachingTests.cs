using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using PkiCore.Ocsp;

namespace PkiCore.Responder.Tests;

/// <summary>What caches are told (RFC 9919 6 and 7.2), and conditional requests, by curl.</summary>
public sealed partial class CurlCachingTests(DemoFixture fixture) : IClassFixture<DemoFixture>
{
    private ServedDemo Served => fixture.Served;

    private string GoodUrl => UrlOf(Served, Served.Ca.GoodPath);

    [Fact]
    [Requirement("HC-1", "HC-2", "HC-3", "HC-6", "HC-8", "HC-12", "RS-10", "RS-11", "T-17", "T-24")]
    public async Task Good_answer_has_the_headers_of_the_lightweight_profile()
    {
        DateTimeOffset before = TimeProvider.System.GetUtcNow();
        HttpReply reply = await Curl.RunAsync(GoodUrl);
        OcspResponse response = Curl.AssertVerified(reply, Served.Issuer, OcspCertificateStatus.Good);
        DateTimeOffset nextUpdate = response.Responses[0].NextUpdate!.Value;

        Assert.Equal(nextUpdate.ToString("R", CultureInfo.InvariantCulture), reply["Expires"]);
        Assert.Equal(response.ProducedAt.ToString("R", CultureInfo.InvariantCulture), reply["Last-Modified"]);
        Assert.Matches("^\"[\\x21\\x23-\\x7E]+\"$", reply["ETag"]!);
        Assert.All(["Date", "Expires", "Last-Modified"], name => Assert.EndsWith(" GMT", reply[name], StringComparison.Ordinal));
        Assert.InRange(MaxAge(reply), 1, 3600);
        Assert.True(before.AddSeconds(MaxAge(reply)) < nextUpdate);
        Assert.All(["Pragma", "Vary", "Server", "Set-Cookie"], name => Assert.Null(reply[name]));
        Assert.True(response.Responses[0].ThisUpdate <= response.ProducedAt && response.ProducedAt <= TimeProvider.System.GetUtcNow());
    }

    [Fact]
    [Requirement("HC-5")]
    public async Task Revoked_answer_may_be_kept_for_an_hour_because_a_hold_can_be_released()
    {
        HttpReply reply = await Curl.RunAsync(UrlOf(Served, Served.Ca.RevokedPath));
        Curl.AssertVerified(reply, Served.Issuer, OcspCertificateStatus.Revoked);
        Assert.Equal(3600, MaxAge(reply));
    }

    [Fact]
    [Requirement("HC-5", "T-17")]
    public async Task Max_age_ends_before_the_next_answer_is_there()
    {
        await using ServedDemo served = await ServedDemo.StartAsync(configure: (configuration, ca) => configuration.Add(ca).Set("Ocsp:Validity", "00:05:00"));
        HttpReply reply = await Curl.RunAsync(UrlOf(served, served.Ca.GoodPath));
        OcspResponse response = Curl.AssertVerified(reply, served.Issuer, OcspCertificateStatus.Good);
        Assert.Equal(TimeSpan.FromMinutes(5), response.Responses[0].NextUpdate - response.Responses[0].ThisUpdate);
        Assert.InRange(MaxAge(reply), 100, 150); // half of the validity, less the time since
    }

    [Fact]
    [Requirement("HC-5")]
    public async Task Caps_of_max_age_are_settings()
    {
        await using ServedDemo served = await ServedDemo.StartAsync(
            configure: (configuration, ca) => configuration.Add(ca).Set("Http:MaxAgeGood", "00:00:00").Set("Http:MaxAgeRevoked", "00:00:07"));
        Assert.Equal(0, MaxAge(await Curl.RunAsync(UrlOf(served, served.Ca.GoodPath))));
        Assert.Equal(7, MaxAge(await Curl.RunAsync(UrlOf(served, served.Ca.RevokedPath))));
    }

    [Fact]
    [Requirement("HC-7", "HC-9")]
    public async Task Errors_and_answers_for_one_request_are_not_stored()
    {
        HttpReply unknown = await Curl.RunAsync(UrlOf(Served, Served.Ca.UnknownPath));
        Curl.AssertError(unknown, OcspResponseStatus.Unauthorized);

        HttpReply live = await Curl.RunAsync(UrlOf(Served, Served.Ca.GoodPath, HashAlgorithmName.SHA384));
        Curl.AssertVerified(live, Served.Issuer, OcspCertificateStatus.Good);
        Curl.AssertNotStored(live);
    }

    [Fact]
    [Requirement("HC-9", "OX-4", "T-13")]
    public async Task Answer_with_a_nonce_is_not_stored_and_not_shared()
    {
        await using ServedDemo served = await ServedDemo.StartAsync(configure: (configuration, ca) => configuration.Add(ca).Set("Ocsp:Nonce", "Sign"));
        byte[] first = RandomNumberGenerator.GetBytes(32);
        byte[] second = RandomNumberGenerator.GetBytes(32);
        foreach (byte[] nonce in new[] { first, second, first })
        {
            HttpReply reply = await Curl.RunAsync(UrlOf(served, served.Ca.GoodPath, nonce: nonce));
            Assert.Equal(nonce, Curl.AssertVerified(reply, served.Issuer, OcspCertificateStatus.Good).Nonce.ToArray());
            Curl.AssertNotStored(reply);
        }
    }

    [Fact]
    [Requirement("HC-9")]
    public async Task Answer_to_post_has_no_caching_headers()
    {
        HttpReply reply = await Curl.PostAsync(Served.Url, OcspRequestEncoder.FromFiles(Served.Ca.CaPath, Served.Ca.GoodPath));
        Curl.AssertVerified(reply, Served.Issuer, OcspCertificateStatus.Good);
        Assert.All(["Cache-Control", "ETag", "Expires", "Last-Modified"], name => Assert.Null(reply[name]));
    }

    [Fact]
    [Requirement("HC-10", "T-17")]
    public async Task Matching_entity_tags_get_304_with_the_headers()
    {
        HttpReply full = await Curl.RunAsync(GoodUrl);
        string etag = full["ETag"]!;
        foreach (string match in new[] { etag, $"\"other\", {etag}", $"{etag},\"other\"", "W/" + etag, $"W/\"other\" , W/{etag}", "*" })
        {
            HttpReply reply = await Curl.RunAsync("-H", $"If-None-Match: {match}", GoodUrl);
            Assert.True(reply.Status == 304, $"{match}: {reply}");
            Assert.Empty(reply.Body);
            Assert.Equal(etag, reply["ETag"]);
            Assert.Equal(full["Expires"], reply["Expires"]);
            Assert.NotNull(reply["Date"]);
            Assert.InRange(MaxAge(reply), 1, 3600);
        }

        HttpReply two = await Curl.RunAsync("-H", "If-None-Match: \"other\"", "-H", $"If-None-Match: {etag}", GoodUrl);
        Assert.Equal(304, two.Status);
        Assert.Equal(304, (await Curl.RunAsync("-I", "-H", $"If-None-Match: {etag}", GoodUrl)).Status);
    }

    [Theory]
    [InlineData("\"other\"")]
    [InlineData("{0}")]
    [InlineData("\"{0}\"x")]
    [InlineData("\"x{0}\"")]
    [InlineData("w/\"{0}\"")]
    [Requirement("HC-10")]
    public async Task Other_entity_tags_get_the_whole_answer(string format)
    {
        string etag = (await Curl.RunAsync(GoodUrl))["ETag"]!.Trim('"');
        HttpReply reply = await Curl.RunAsync("-H", "If-None-Match: " + string.Format(CultureInfo.InvariantCulture, format, etag), GoodUrl);
        Curl.AssertVerified(reply, Served.Issuer, OcspCertificateStatus.Good);
    }

    [Fact]
    [Requirement("HC-10")]
    public async Task Dates_match_only_when_they_are_equal()
    {
        HttpReply full = await Curl.RunAsync(GoodUrl);
        string modified = full["Last-Modified"]!;
        DateTimeOffset time = DateTimeOffset.ParseExact(modified, "R", CultureInfo.InvariantCulture);
        Assert.Equal(304, (await IfModifiedSinceAsync(modified)).Status);
        Assert.Equal(200, (await IfModifiedSinceAsync(time.AddSeconds(1).ToString("R", CultureInfo.InvariantCulture))).Status);
        Assert.Equal(200, (await IfModifiedSinceAsync(time.AddSeconds(-1).ToString("R", CultureInfo.InvariantCulture))).Status);
        Assert.Equal(200, (await IfModifiedSinceAsync("yesterday")).Status);
        Assert.Equal(200, (await IfModifiedSinceAsync(modified, "-H", "If-None-Match: \"other\"")).Status); // RFC 9110 13.1.3

        Task<HttpReply> IfModifiedSinceAsync(string date, params string[] more) => Curl.RunAsync(["-H", $"If-Modified-Since: {date}", .. more, GoodUrl]);
    }

    [Fact]
    [Requirement("HC-10")]
    public async Task Post_is_never_answered_304()
    {
        string etag = (await Curl.RunAsync(GoodUrl))["ETag"]!;
        byte[] request = OcspRequestEncoder.FromFiles(Served.Ca.CaPath, Served.Ca.GoodPath);
        Curl.AssertVerified(await Curl.PostAsync(Served.Url, request, "-H", $"If-None-Match: {etag}"), Served.Issuer, OcspCertificateStatus.Good);
    }

    [Fact]
    [Requirement("T-17")]
    public async Task Changed_answer_has_another_entity_tag()
    {
        await using ServedDemo served = await ServedDemo.StartAsync();
        string url = UrlOf(served, served.Ca.Layout.Top("held"));
        string etag = (await Curl.RunAsync(url))["ETag"]!;
        served.Ca.Unrevoke(OcspSerial(served.Ca.Layout.Top("held")));
        HttpReply? reply = null;
        await Eventually.HoldsAsync(
            "a signed answer of the hold's release",
            async () => (reply = await Curl.RunAsync("-H", $"If-None-Match: {etag}", url)).Status == 200 && reply["ETag"] is not null,
            TestContext.Current.CancellationToken);
        Curl.AssertVerified(reply!, served.Issuer, OcspCertificateStatus.Good);
        Assert.NotEqual(etag, reply!["ETag"]);
    }

    private static string OcspSerial(string path)
    {
        using var certificate = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificateFromFile(path);
        return certificate.SerialNumber;
    }

    private static string UrlOf(ServedDemo served, string certificate, HashAlgorithmName? hash = null, byte[]? nonce = null) =>
        $"{served.Url}{Uri.EscapeDataString(Convert.ToBase64String(OcspRequestEncoder.FromFiles(served.Ca.CaPath, certificate, hash, nonce)))}";

    private static int MaxAge(HttpReply reply)
    {
        Match match = CacheControlValue().Match(reply["Cache-Control"] ?? "");
        Assert.True(match.Success, reply.ToString());
        return int.Parse(match.Groups["seconds"].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("^max-age=(?<seconds>[0-9]+), public, no-transform, must-revalidate$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CacheControlValue();
}
