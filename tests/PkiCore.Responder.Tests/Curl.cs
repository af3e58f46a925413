using PkiCore.Ocsp;
using PkiCore.X509;

namespace PkiCore.Responder.Tests;

/// <summary>Runs curl, and says what a reply must be.</summary>
internal static class Curl
{
    public const string Good = "good";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Runs curl with paths left as they are, and returns the reply as it came.</summary>
    public static async Task<HttpReply> RunAsync(params string[] arguments)
    {
        ToolResult result = await ToolProcess.RunCheckedAsync(RequiredTool.Curl, ["-sS", "-i", "--raw", "--path-as-is", "--max-time", "15", .. arguments], s_limit, Cancellation);
        return HttpReply.Parse(result.OutputBytes);
    }

    public static async Task<HttpReply> PostAsync(Uri url, byte[] body, params string[] arguments)
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllBytesAsync(directory.File("body"), body, Cancellation);
        string[] type = arguments.Any(argument => argument.StartsWith("Content-Type:", StringComparison.Ordinal)) ? [] : ["-H", "Content-Type: application/ocsp-request"];
        return await RunAsync(["-H", "Expect:", .. type, .. arguments, "--data-binary", "@" + directory.File("body"), url.ToString()]);
    }

    /// <summary>An answer in HTTP 200 that any client can take.</summary>
    public static OcspResponse AssertResponse(HttpReply reply)
    {
        Assert.True(reply.Status == 200, reply.ToString());
        Assert.Equal("application/ocsp-response", reply["Content-Type"]);
        Assert.Equal(reply.Body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), reply["Content-Length"]);
        Assert.Null(reply["Transfer-Encoding"]);
        Assert.Null(reply["Content-Encoding"]);
        return OcspResponse.Parse(reply.Body) ?? throw new InvalidDataException($"No OCSP response: {Convert.ToHexString(reply.Body)}");
    }

    public static OcspResponse AssertVerified(HttpReply reply, Issuer issuer, OcspCertificateStatus status)
    {
        OcspResponse response = AssertResponse(reply);
        Assert.Equal(OcspVerificationResult.Valid, OcspResponseVerifier.Verify(response, issuer, TimeProvider.System.GetUtcNow()));
        Assert.Equal(status, Assert.Single(response.Responses).Status);
        return response;
    }

    /// <summary>Five bytes in HTTP 200 that no cache keeps.</summary>
    public static void AssertError(HttpReply reply, OcspResponseStatus status)
    {
        Assert.Equal(status, AssertResponse(reply).Status);
        Assert.Equal([0x30, 0x03, 0x0A, 0x01, (byte)status], reply.Body);
        AssertNotStored(reply);
    }

    public static void AssertNotStored(HttpReply reply)
    {
        Assert.Equal("no-store", reply["Cache-Control"]);
        Assert.All(["ETag", "Expires", "Last-Modified"], name => Assert.Null(reply[name]));
    }
}
