using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Pkcs11;
using PkiCore.Responder.Configuration;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Responder.Commands;

/// <summary><c>hsm test</c>: signs and verifies once on each token.</summary>
internal static class HsmTestCommand
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);
    private static readonly byte[] s_message = [.. "PkiCore tests a key"u8];

    public static Command Create()
    {
        var uris = new Argument<string[]>("URI") { Description = "pkcs11: URIs of keys, as the configuration has them", Arity = ArgumentArity.OneOrMore };
        var certificate = new Option<FileInfo>("--certificate") { Description = "The certificate that the keys have to fit; the one on the token, or its public key, if left out", HelpName = "FILE" };
        var algorithm = HsmOptions.Algorithm();
        var command = new Command("test", "Sign and verify once with each key. Exit status: 0 all keys sign, 1 one does not.") { uris, certificate, algorithm };
        command.SetAction(result => Test(
            [.. result.GetValue(uris)!.Select(HsmKey.Check)],
            result.GetValue(certificate) is { } file ? HsmOptions.LoadCertificate(file.FullName) : null,
            HsmOptions.Find(result.GetValue(algorithm))));
        return command;
    }

    private static int Test(string[] uris, X509Certificate2? certificate, SignatureAlgorithm? algorithm)
    {
        var keys = new List<byte[]>();
        int failed = 0;
        foreach (string uri in uris)
        {
            Console.WriteLine(uri);
            try
            {
                keys.Add(Test(uri, certificate, algorithm));
            }
            catch (Exception e) when (HsmKey.Describe(e) is not null)
            {
                Console.WriteLine($"  FAILED: {HsmKey.Describe(e)}");
                failed++;
            }
        }

        if (keys.Exists(key => !key.AsSpan().SequenceEqual(keys[0])))
        {
            Console.WriteLine("These are different keys: they cannot stand in for each other in one Signer.Key.");
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{uris.Length - failed} of {uris.Length} keys sign."));
        return failed == 0 ? 0 : 1;
    }

    /// <returns>The public key.</returns>
    private static byte[] Test(string uri, X509Certificate2? certificate, SignatureAlgorithm? algorithm)
    {
        var watch = Stopwatch.StartNew();
        using Pkcs11Signer signer = HsmKey.Open(uri, certificate, algorithm, new Pkcs11Options { PinPrompt = SecretPrompt.AskForPin, VerifySignatures = false });
        Report(watch, $"opened {signer}: {KeyKind.Of(signer.Certificate.PublicKey)}");

        byte[] input = signer.PreHash ? CryptographicOperations.HashData(signer.Algorithm.Hash, s_message) : s_message;
        byte[] signature = new byte[signer.MaxSignatureLength];
        int length = signer.Sign(input, signature, s_timeout, SigningPriority.Live);
        Report(watch, $"signed with {signer.Algorithm}");

        if (!SignatureVerifier.Verify(signer.Certificate, signer.Algorithm, s_message, signature.AsSpan(0, length)))
        {
            throw new SigningException("The signature does not verify.");
        }

        Report(watch, certificate is null ? "verified" : $"verified with the certificate {certificate.Subject}");
        return signer.Certificate.PublicKey.ExportSubjectPublicKeyInfo();
    }

    private static void Report(Stopwatch watch, string what)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {watch.Elapsed.TotalMilliseconds,9:0.00} ms  {what}"));
        watch.Restart();
    }
}
