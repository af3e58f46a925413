using System.Buffers.Text;
using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using PkiCore.Ocsp;
using PkiCore.Responder.Configuration;
using PkiCore.X509;

namespace PkiCore.Responder.Commands;

/// <summary><c>check</c>: prints an OCSP response or request, and verifies a response; or checks a configuration.</summary>
internal static class CheckCommand
{
    private const int NotVerified = 2;

    public static Command Create()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "A response or request, in DER, PEM or base64", Arity = ArgumentArity.ZeroOrOne };
        var ca = new Option<FileInfo>("--CA") { Description = "The certificate of the CA that the response is about; needed to verify it", HelpName = "FILE" };
        var config = new Option<FileInfo>("--config") { Description = "A configuration of serve instead of FILE: whether its keys, sources and directories can be used; nothing is started or written", HelpName = "FILE" };
        var command = new Command(
            "check",
            "Print an OCSP response or request; verify a response. Or check a configuration. "
            + "Exit status: 0 a verified response or a request, 1 an unreadable file, 2 a response that does not verify, or a configuration with a fault.") { file, ca, config };
        command.Validators.Add(result =>
        {
            if (result.GetResult(file) is { Tokens.Count: > 0 } == (result.GetResult(config) is not null))
            {
                result.AddError("Name either FILE or --config.");
            }
            else if (result.GetResult(config) is not null && result.GetResult(ca) is not null)
            {
                result.AddError("--CA: cannot be combined with --config.");
            }
        });
        command.SetAction((result, cancellationToken) => result.GetValue(config) is { } configuration
            ? ConfigurationCheck.RunAsync(configuration.FullName, cancellationToken)
            : Task.FromResult(Check(result.GetValue(file)!.FullName, result.GetValue(ca)?.FullName)));
        return command;
    }

    private static int Check(string path, string? caPath)
    {
        byte[] encoded = Read(path);
        if (OcspResponse.Parse(encoded) is { } response)
        {
            Console.Write(OcspText.Describe(response));
            return Verify(response, caPath);
        }

        if (!OcspRequest.TryParse(encoded, out OcspRequest request, out OcspRequestError error, maxCertificates: int.MaxValue))
        {
            throw new ConfigurationException($"'{path}' is no OCSP response in strict DER, and no OCSP request either ({error}).");
        }

        Console.Write(OcspText.Describe(request));
        return 0;
    }

    private static int Verify(OcspResponse response, string? caPath)
    {
        if (response.Status != OcspResponseStatus.Successful)
        {
            Console.Error.WriteLine("Not verified: an error response is not signed.");
            return NotVerified;
        }

        if (caPath is null)
        {
            Console.Error.WriteLine("Not verified: name the CA's certificate with --CA.");
            return NotVerified;
        }

        OcspVerificationResult result;
        try
        {
            result = OcspResponseVerifier.Verify(response, Issuer.FromPemFile(caPath), TimeProvider.System.GetUtcNow());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ConfigurationException($"--CA: {e.Message}", e);
        }

        bool valid = result == OcspVerificationResult.Valid;
        (valid ? Console.Out : Console.Error).WriteLine(valid ? "Verified: Valid" : $"Not verified: {result}");
        return valid ? 0 : NotVerified;
    }

    private static byte[] Read(string path)
    {
        try
        {
            byte[] content = File.ReadAllBytes(path);
            if (content is [0x30, ..])
            {
                return content;
            }

            string text = Encoding.UTF8.GetString(content);
            ReadOnlySpan<char> base64 = PemEncoding.TryFind(text, out PemFields pem) ? text.AsSpan()[pem.Base64Data] : text.AsSpan().Trim();
            return Base64.IsValid(base64) ? Convert.FromBase64String(base64.ToString()) : content;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(e.Message, e);
        }
    }
}
