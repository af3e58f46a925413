using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using PkiCore.Ocsp;

namespace PkiCore.Responder.Tests;

/// <summary>Requests of every shape: POST by curl, and what no client would send as raw bytes.</summary>
public sealed class HttpRequestTests(DemoFixture fixture) : IClassFixture<DemoFixture>
{
    /// <summary>The longest request that is taken by default.</summary>
    private const int MaxRequestLength = 8192;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> RequestVectors =>
    [
        .. Vectors.Files("rustcrypto-x509-ocsp", "*req.der"),
        "go-x-crypto-ocsp/ocspRequestHex.der",
        "rfc-examples/rfc5019bis-12_appendixB4_request.der",
    ];

    public static TheoryData<string, string> CfsslTargets =>
        [.. Vectors.Text("cfssl-ocsp/get-paths.tsv").Split('\n').Skip(1).Where(line => line.Length > 0).Select(line => line.Split('\t')).Select(cells => (cells[0], cells[1]))];

    private ServedDemo Served => fixture.Served;

    private byte[] GoodRequest => OcspRequestEncoder.FromFiles(Served.Ca.CaPath, Served.Ca.GoodPath);

    [Theory]
    [MemberData(nameof(RequestVectors))]
    [Requirement("OR-1", "OR-7", "OR-9", "RS-3", "HT-7")]
    public async Task Well_formed_request_for_a_foreign_issuer_is_unauthorized(string name)
    {
        byte[] request = Vectors.Bytes(name);
        Curl.AssertError(await Curl.PostAsync(Served.Url, request), OcspResponseStatus.Unauthorized);
        Curl.AssertError(await Curl.RunAsync($"{Served.Url}{Uri.EscapeDataString(Convert.ToBase64String(request))}"), OcspResponseStatus.Unauthorized);
    }

    [Theory]
    [MemberData(nameof(CfsslTargets))]
    [Requirement("T-1", "HT-8")]
    public async Task Target_that_another_responder_stumbled_over_is_no_fault_of_the_server(string method, string target)
    {
        string path = target.StartsWith('/') ? target : "/" + target;
        HttpReply reply = await RawHttp.SendAsync(Served.Url, $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", Cancellation);
        Assert.InRange(reply.Status, 200, 499);
        if (method == "GET" && reply.Status == 200)
        {
            Curl.AssertError(reply, path.Contains("/MF", StringComparison.Ordinal) ? OcspResponseStatus.Unauthorized : OcspResponseStatus.MalformedRequest);
        }
    }

    [Theory]
    [InlineData("application/ocsp-request; charset=utf-8")]
    [InlineData("application/ocsp-request;v=1")]
    [InlineData("Application/OCSP-Request")]
    [Requirement("HT-4", "HT-5")]
    public async Task Parameters_and_case_of_the_content_type_do_not_matter(string type) =>
        Curl.AssertVerified(await Curl.PostAsync(Served.Url, GoodRequest, "-H", $"Content-Type: {type}"), Served.Issuer, OcspCertificateStatus.Good);

    [Fact]
    public async Task Post_without_a_content_type_is_answered() =>
        Curl.AssertVerified(await Curl.PostAsync(Served.Url, GoodRequest, "-H", "Content-Type:"), Served.Issuer, OcspCertificateStatus.Good);

    [Theory]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/ocsp-response")]
    [InlineData("application/ocsp-requests")]
    [InlineData("text/plain; application/ocsp-request")]
    [Requirement("HT-4")]
    public async Task Other_content_types_are_not_supported(string type)
    {
        HttpReply reply = await Curl.PostAsync(Served.Url, GoodRequest, "-H", $"Content-Type: {type}");
        Assert.Equal(415, reply.Status);
        Assert.Empty(reply.Body);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ocsp")]
    [InlineData("ocsp/")]
    [InlineData("any/other/path")]
    public async Task Post_is_answered_under_every_path(string path) =>
        Curl.AssertVerified(await Curl.PostAsync(new Uri(Served.Url, path), GoodRequest), Served.Issuer, OcspCertificateStatus.Good);

    [Fact]
    [Requirement("T-24")]
    public async Task Post_in_chunks_and_with_expect_is_answered()
    {
        Curl.AssertVerified(await Curl.PostAsync(Served.Url, GoodRequest, "-H", "Transfer-Encoding: chunked"), Served.Issuer, OcspCertificateStatus.Good);
        Curl.AssertVerified(await Curl.PostAsync(Served.Url, GoodRequest, "-0"), Served.Issuer, OcspCertificateStatus.Good);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("3000")]
    [InlineData("3080")]
    [InlineData("30843B9ACA00")]
    [Requirement("HT-7", "RS-2", "OR-3")]
    public async Task Malformed_body_is_malformed_in_http_200(string hex) =>
        Curl.AssertError(await Curl.PostAsync(Served.Url, Convert.FromHexString(hex)), OcspResponseStatus.MalformedRequest);

    [Fact]
    [Requirement("T-5")]
    public async Task Trailing_bytes_are_malformed()
    {
        byte[] request = [.. GoodRequest, 0];
        Curl.AssertError(await Curl.PostAsync(Served.Url, request), OcspResponseStatus.MalformedRequest);
        Curl.AssertError(await Curl.RunAsync($"{Served.Url}{Uri.EscapeDataString(Convert.ToBase64String(request))}"), OcspResponseStatus.MalformedRequest);
    }

    [Fact]
    [Requirement("T-25", "OR-4", "HT-9")]
    public async Task List_of_certificates_is_bounded()
    {
        using X509Certificate2 issuer = X509CertificateLoader.LoadCertificateFromFile(Served.Ca.CaPath);
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(Served.Ca.GoodPath);
        OcspResponse response = Curl.AssertResponse(await Curl.PostAsync(Served.Url, Create(32)));
        Assert.Equal(32, response.Responses.Count);
        Curl.AssertError(await Curl.PostAsync(Served.Url, Create(33)), OcspResponseStatus.MalformedRequest);

        byte[] Create(int count) =>
            OcspRequestEncoder.Create(HashAlgorithmName.SHA256, null, [.. Enumerable.Repeat((issuer, certificate.SerialNumberBytes), count)]);
    }

    [Fact]
    [Requirement("T-3")]
    public async Task Missing_Host_is_no_matter_in_http_10()
    {
        string target = "/" + Uri.EscapeDataString(Convert.ToBase64String(GoodRequest));
        Curl.AssertVerified(await RawHttp.SendAsync(Served.Url, $"GET {target} HTTP/1.0\r\n\r\n", Cancellation), Served.Issuer, OcspCertificateStatus.Good);
        byte[] post = [.. Encoding.ASCII.GetBytes($"POST / HTTP/1.0\r\nContent-Type: application/ocsp-request\r\nContent-Length: {GoodRequest.Length}\r\n\r\n"), .. GoodRequest];
        Curl.AssertVerified(await RawHttp.SendAsync(Served.Url, post, Cancellation), Served.Issuer, OcspCertificateStatus.Good);
        Assert.Equal(400, (await RawHttp.SendAsync(Served.Url, $"GET {target} HTTP/1.1\r\nConnection: close\r\n\r\n", Cancellation)).Status); // RFC 9112 3.2
    }

    [Fact]
    [Requirement("HT-9")]
    public async Task Over_long_get_is_refused()
    {
        string malformed = "/" + new string('A', ((MaxRequestLength + 3) / 3 * 4) + 4);
        Curl.AssertError(await RawHttp.GetAsync(Served.Url, malformed, Cancellation), OcspResponseStatus.MalformedRequest);
        Assert.Equal(414, (await RawHttp.GetAsync(Served.Url, "/" + new string('A', 100_000), Cancellation)).Status);
        string headers = string.Concat(Enumerable.Range(0, 100).Select(i => $"X-{i}: {new string('a', 1000)}\r\n"));
        Assert.Equal(431, (await RawHttp.SendAsync(Served.Url, $"GET / HTTP/1.1\r\nHost: a\r\n{headers}\r\n", Cancellation)).Status);
    }

    [Fact]
    [Requirement("HT-9", "HT-7")]
    public Task Over_long_post_is_malformed_and_ends_the_connection()
    {
        string body = new('A', 20_000);
        return Task.WhenAll(AssertAsync("Content-Length: 100000000", body), AssertAsync("Transfer-Encoding: chunked", $"4E20\r\n{body}\r\n"));

        async Task AssertAsync(string header, string content)
        {
            // Kestrel takes up to five seconds of what is still coming before it closes.
            HttpReply reply = await RawHttp.SendAsync(
                Served.Url, $"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ocsp-request\r\n{header}\r\n\r\n{content}", Cancellation);
            Curl.AssertError(reply, OcspResponseStatus.MalformedRequest);
            Assert.Equal("close", reply["Connection"]);
        }
    }

    [Fact]
    [Requirement("HT-9")]
    public async Task Longest_request_is_read_to_its_end()
    {
        byte[] longest = new byte[MaxRequestLength];
        HttpReply reply = await Curl.PostAsync(Served.Url, longest);
        Curl.AssertError(reply, OcspResponseStatus.MalformedRequest);
        Assert.Null(reply["Connection"]);
        Assert.Equal("close", (await Curl.PostAsync(Served.Url, new byte[MaxRequestLength + 1]))["Connection"]);
    }

    [Fact]
    [Requirement("HT-9")]
    public async Task Requests_in_one_stream_are_answered_in_order()
    {
        string good = $"GET /{Uri.EscapeDataString(Convert.ToBase64String(GoodRequest))} HTTP/1.1\r\nHost: a\r\n";
        byte[] received = await RawHttp.ExchangeAsync(Served.Url, Encoding.ASCII.GetBytes($"{good}\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n{good}Connection: close\r\n\r\n"), Cancellation);
        string text = Encoding.Latin1.GetString(received);
        Assert.Equal(3, text.Split("HTTP/1.1 200 OK").Length - 1);
        Assert.Equal(1, text.Split("no-store").Length - 1);
        Assert.Equal(2, text.Split("ETag: ").Length - 1);
    }
}
