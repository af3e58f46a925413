using PkiCore.Responder.Demo;

namespace PkiCore.Responder.Tests;

/// <summary><c>check</c>: what it prints of messages, and its exit status.</summary>
public sealed class CheckCommandTests(DemoFixture fixture) : IClassFixture<DemoFixture>, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private DemoCa Ca => fixture.Served.Ca;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("good", "Status:      Good")]
    [InlineData("revoked", "reason KeyCompromise")]
    [InlineData("unstated", "reason not given")]
    public async Task Response_that_verifies_ends_with_0(string name, string expected)
    {
        ToolResult result = await CheckAsync(await AnswerAsync(Ca.Layout.Top(name)), "--CA", Ca.CaPath);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains(expected, result.Output, StringComparison.Ordinal);
        Assert.Contains("OCSP response: Successful", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("Verified: Valid\n", result.Output, StringComparison.Ordinal);
        Assert.Empty(result.Error);
    }

    [Fact]
    public async Task Response_in_pem_or_base64_is_read_like_der()
    {
        byte[] response = await AnswerAsync(Ca.GoodPath);
        string der = (await CheckAsync(response, "--CA", Ca.CaPath)).Output;
        Assert.Equal(der, (await CheckAsync(System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(response) + "\n"), "--CA", Ca.CaPath)).Output);
        string pem = System.Security.Cryptography.PemEncoding.WriteString("OCSP RESPONSE", response);
        Assert.Equal(der, (await CheckAsync(System.Text.Encoding.ASCII.GetBytes("a comment\n" + pem), "--CA", Ca.CaPath)).Output);
    }

    [Theory]
    [InlineData("300D310B300906035504030C02FFFE")]
    [InlineData("30033101FF")]
    public void Name_that_is_no_text_is_printed_in_hexadecimal(string name) =>
        Assert.Equal(name, Commands.OcspText.DescribeName(Convert.FromHexString(name)));

    [Fact]
    public async Task Request_is_printed_and_ends_with_0()
    {
        ToolResult result = await CheckAsync(OcspRequestEncoder.FromFiles(Ca.CaPath, Ca.GoodPath, nonce: new byte[16]));
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("OCSP request for 1 certificate(s)", result.Output, StringComparison.Ordinal);
        Assert.Contains("Issuer:      Sha1, name ", result.Output, StringComparison.Ordinal);
        Assert.Contains("Nonce:       00000000000000000000000000000000", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("go-x-crypto-ocsp/ocspRequestHex.der", "OCSP request for 1 certificate(s)")]
    [InlineData("rustcrypto-x509-ocsp/ocsp-multiple-requests-nonce-req.der", "OCSP request for 8 certificate(s)")]
    [InlineData("rustcrypto-x509-ocsp/ocsp-signed-req.der", "signed")]
    public async Task Requests_of_others_are_printed(string name, string expected)
    {
        ToolResult result = await CheckAsync(Vectors.Bytes(name));
        Assert.Equal(0, result.ExitCode);
        Assert.Contains(expected, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Response_is_not_verified_without_a_CA()
    {
        ToolResult result = await CheckAsync(await AnswerAsync(Ca.GoodPath));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("name the CA's certificate with --CA", result.Error, StringComparison.Ordinal);
        Assert.Contains("Status:      Good", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Response_about_another_CA_does_not_verify()
    {
        DemoCa other = DemoCa.Create(_directory.File("other"), new DemoCaOptions { CaName = "Other CA" }, TimeProvider.System);
        AssertNotVerified(await CheckAsync(await AnswerAsync(Ca.GoodPath), "--CA", other.CaPath));
    }

    [Fact]
    public async Task Tampered_response_does_not_verify()
    {
        byte[] response = await AnswerAsync(Ca.RevokedPath);
        int reason = response.AsSpan().IndexOf<byte>([0xA0, 0x03, 0x0A, 0x01, 0x01]);
        response[reason + 4] = 4; // superseded
        AssertNotVerified(await CheckAsync(response, "--CA", Ca.CaPath));
    }

    [Theory]
    [InlineData("openssl-ocsp-tests/D1.ors", "openssl-ocsp-tests/D1_Issuer_ICA.pem")]
    [InlineData("openssl-ocsp-tests/ND3.ors", "openssl-ocsp-tests/ND3_Issuer_Root.pem")]
    public async Task Expired_response_does_not_verify(string response, string ca)
    {
        ToolResult result = await ResponderProcess.RunAsync(["check", Vectors.PathOf(response), "--CA", Vectors.PathOf(ca)], Cancellation);
        AssertNotVerified(result);
    }

    [Fact]
    public async Task Error_response_is_not_verified()
    {
        ToolResult result = await CheckAsync(Vectors.Bytes("rustcrypto-x509-ocsp/ocsp-try-later.der"), "--CA", Ca.CaPath);
        Assert.Equal(2, result.ExitCode);
        Assert.Equal("OCSP response: TryLater\n", result.Output);
        Assert.Contains("not signed", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("3080")]
    [InlineData("Z2FyYmFnZQ==")]
    public async Task Anything_else_ends_with_1(string content)
    {
        ToolResult result = await CheckAsync(System.Text.Encoding.ASCII.GetBytes(content));
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("is no OCSP response in strict DER, and no OCSP request either", Assert.Single(result.Error.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_files_are_named()
    {
        ToolResult missing = await ResponderProcess.RunAsync(["check", _directory.File("none")], Cancellation);
        Assert.Equal(1, missing.ExitCode);
        Assert.Contains(_directory.File("none"), missing.Error, StringComparison.Ordinal);

        byte[] response = await AnswerAsync(Ca.GoodPath);
        ToolResult noCa = await CheckAsync(response, "--CA", _directory.File("none.pem"));
        Assert.Equal(1, noCa.ExitCode);
        Assert.StartsWith("--CA: ", noCa.Error, StringComparison.Ordinal);
        ToolResult badCa = await CheckAsync(response, "--CA", _directory.File("message"));
        Assert.Equal(1, badCa.ExitCode);
        Assert.StartsWith("--CA: ", badCa.Error, StringComparison.Ordinal);
    }

    private static void AssertNotVerified(ToolResult result)
    {
        Assert.True(result.ExitCode == 2, result.ToString());
        Assert.StartsWith("Not verified: ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Verified: Valid", result.Output, StringComparison.Ordinal);
    }

    private Task<byte[]> AnswerAsync(string certificate) => fixture.Served.Responder.PostAsync(OcspRequestEncoder.FromFiles(Ca.CaPath, certificate), Cancellation);

    private async Task<ToolResult> CheckAsync(byte[] content, params string[] arguments)
    {
        string path = _directory.File("message");
        await File.WriteAllBytesAsync(path, content, Cancellation);
        return await ResponderProcess.RunAsync(["check", path, .. arguments], Cancellation);
    }
}
