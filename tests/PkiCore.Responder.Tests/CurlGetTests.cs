using PkiCore.Ocsp;

namespace PkiCore.Responder.Tests;

/// <summary>GET in every spelling that clients and proxies are known for, by curl.</summary>
public sealed class CurlGetTests(DemoFixture fixture) : IClassFixture<DemoFixture>
{
    private ServedDemo Served => fixture.Served;

    private string Origin => Served.Url.GetLeftPart(UriPartial.Authority);

    /// <summary>Base64 text with everything that goes wrong in URLs: plus signs, a run of slashes, and padding.</summary>
    private string Text => field ??= FindText();

    private string Escaped => Uri.EscapeDataString(Text);

    [Fact]
    [Requirement("HT-2", "HT-6", "T-1")]
    public Task Escaped_request_is_answered() => AssertGoodAsync($"{Origin}/{Escaped}");

    [Fact]
    [Requirement("T-1")]
    public Task Escapes_in_lower_case_are_answered() =>
        AssertGoodAsync($"{Origin}/{Escaped.Replace("%2F", "%2f", StringComparison.Ordinal).Replace("%2B", "%2b", StringComparison.Ordinal).Replace("%3D", "%3d", StringComparison.Ordinal)}");

    [Fact]
    [Requirement("T-1", "T-2")]
    public Task Raw_slashes_plus_signs_and_padding_are_answered() => AssertGoodAsync($"{Origin}/{Text}");

    [Fact]
    [Requirement("T-1")]
    public Task Every_character_escaped_is_answered() =>
        AssertGoodAsync($"{Origin}/{string.Concat(Text.Select(character => FormattableString.Invariant($"%{(int)character:X2}")))}");

    [Theory]
    [InlineData("//")]
    [InlineData("///")]
    [InlineData("/ocsp/")]
    [InlineData("/ocsp//")]
    [InlineData("/OCSP/")]
    [Requirement("T-1")]
    public async Task Slashes_and_the_path_in_front_are_passed_over(string prefix)
    {
        await AssertGoodAsync(Origin + prefix + Escaped);
        await AssertGoodAsync(Origin + prefix + Text);
    }

    [Fact]
    [Requirement("T-3")]
    public async Task Absolute_form_is_answered()
    {
        await AssertGoodAsync("--request-target", $"{Origin}/{Escaped}", Origin);
        await AssertGoodAsync("--request-target", $"{Origin}/ocsp/{Text}", Origin);
        await AssertGoodAsync("--proxy", Origin, $"http://ocsp.ca.example/{Escaped}");
    }

    [Fact]
    [Requirement("T-3")]
    public Task Host_of_the_absolute_form_wins_over_the_Host_header() =>
        AssertGoodAsync("--request-target", $"http://ocsp.ca.example/ocsp/{Escaped}", Origin); // RFC 9112 3.2.2

    [Theory]
    [InlineData("")]
    [InlineData("%0A")]
    [InlineData("%0D%0A")]
    [InlineData("%20")]
    [InlineData("%3D%0A")]
    [Requirement("T-4")]
    public Task Missing_padding_and_white_space_behind_are_answered(string tail) => AssertGoodAsync($"{Origin}/{Uri.EscapeDataString(Text.TrimEnd('='))}{tail}");

    [Fact]
    [Requirement("T-4")]
    public async Task Url_safe_alphabet_and_spaces_for_plus_signs_are_answered()
    {
        await AssertGoodAsync($"{Origin}/{Text.Replace('+', '-').Replace('/', '_').TrimEnd('=')}");
        await AssertGoodAsync($"{Origin}/{Escaped.Replace("%2B", "%20", StringComparison.Ordinal)}");
    }

    [Fact]
    [Requirement("HT-3")]
    public async Task Get_far_above_255_bytes_is_answered()
    {
        byte[] request = OcspRequestEncoder.FromFiles(Served.Ca.CaPath, Served.Ca.GoodPath, System.Security.Cryptography.HashAlgorithmName.SHA512, new byte[128]);
        string target = Uri.EscapeDataString(Convert.ToBase64String(request));
        Assert.InRange(target.Length, 400, 1000);
        Curl.AssertVerified(await Curl.RunAsync($"{Origin}/{target}"), Served.Issuer, OcspCertificateStatus.Good);
    }

    [Fact]
    [Requirement("T-3", "T-24", "HT-5")]
    public async Task Http10_gets_a_length_and_the_end_of_the_connection()
    {
        HttpReply reply = await AssertGoodAsync("-0", $"{Origin}/{Escaped}");
        Assert.Equal("close", reply["Connection"]);
    }

    [Fact]
    [Requirement("HT-8")]
    public async Task Head_has_the_headers_of_get_and_no_body()
    {
        HttpReply get = await AssertGoodAsync($"{Origin}/{Escaped}");
        HttpReply head = await Curl.RunAsync("-I", $"{Origin}/{Escaped}");
        Assert.Equal(200, head.Status);
        Assert.Empty(head.Body);
        foreach (string name in new[] { "Content-Type", "Content-Length", "ETag", "Expires", "Last-Modified" })
        {
            Assert.Equal(get[name], head[name]);
        }
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("PATCH")]
    [Requirement("HT-8")]
    public async Task Other_methods_are_not_allowed(string method)
    {
        HttpReply reply = await Curl.RunAsync("-X", method, $"{Origin}/{Escaped}");
        Assert.Equal(405, reply.Status);
        Assert.Equal("GET, HEAD, POST", reply["Allow"]);
        Assert.Empty(reply.Body);
    }

    [Fact]
    [Requirement("T-2", "HT-7")]
    public async Task Double_escapes_are_decoded_once_and_malformed() =>
        Curl.AssertError(await Curl.RunAsync($"{Origin}/{Escaped.Replace("%", "%25", StringComparison.Ordinal)}"), OcspResponseStatus.MalformedRequest);

    [Theory]
    [InlineData("/")]
    [InlineData("/ocsp")]
    [InlineData("/ocsp/")]
    [InlineData("/favicon.ico")]
    [InlineData("/%")]
    [InlineData("/%4")]
    [InlineData("/MA==")]
    [InlineData("/M")]
    [InlineData("/?request")]
    [InlineData("/../../etc/passwd")]
    [Requirement("HT-7", "RS-1", "RS-2", "HC-7")]
    public async Task Target_without_a_request_is_malformed_in_http_200(string target) =>
        Curl.AssertError(await Curl.RunAsync("--request-target", target, Origin), OcspResponseStatus.MalformedRequest);

    [Fact]
    public async Task Target_that_the_server_cannot_decode_is_a_bad_request() =>
        Assert.Equal(400, (await Curl.RunAsync("--request-target", "/%00", Origin)).Status); // Kestrel's own check, before the handler

    [Theory]
    [InlineData("Accept-Encoding: gzip, deflate, br, zstd")]
    [InlineData("Cache-Control: no-cache")]
    [InlineData("Pragma: no-cache")]
    [InlineData("Range: bytes=0-4")]
    [InlineData("Accept: text/html")]
    [Requirement("HC-12", "HC-14")]
    public async Task Headers_of_the_client_do_not_change_the_answer(string header)
    {
        HttpReply reply = await AssertGoodAsync("-H", header, $"{Origin}/{Escaped}");
        Assert.Null(reply["Vary"]);
        Assert.Equal((await AssertGoodAsync($"{Origin}/{Escaped}")).Body, reply.Body);
    }

    private Task<HttpReply> AssertGoodAsync(params string[] arguments) => AssertGoodAsync(Curl.RunAsync(arguments));

    private async Task<HttpReply> AssertGoodAsync(Task<HttpReply> get)
    {
        HttpReply reply = await get;
        Curl.AssertVerified(reply, Served.Issuer, OcspCertificateStatus.Good);
        return reply;
    }

    /// <summary>The nonce is not answered (the default), so it can be what makes the text difficult.</summary>
    private string FindText()
    {
        var random = new Random(1);
        byte[] nonce = new byte[20];
        while (true)
        {
            random.NextBytes(nonce);
            string text = Convert.ToBase64String(OcspRequestEncoder.FromFiles(Served.Ca.CaPath, Served.Ca.GoodPath, nonce: nonce[..random.Next(16, 21)]));
            if (text.Contains('+', StringComparison.Ordinal) && text.Contains("//", StringComparison.Ordinal) && text.EndsWith('='))
            {
                return text;
            }
        }
    }
}
