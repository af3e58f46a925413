using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Signing;

namespace PkiCore.Pkcs11.Tests.Harness;

/// <summary>
/// This program as a process that signs with four threads, disposes the signer under them, and ends. SoftHSM crashes when a process ends, or
/// finalises it, while a call is under way.
/// </summary>
internal static class SigningProcess
{
    private const string UriVariable = "PKICORE_TEST_SIGNING_URI";
    private const string CertificateVariable = "PKICORE_TEST_SIGNING_CERTIFICATE";

    public static async Task<ToolResult> RunAsync(SoftHsm tokens, string uri, string certificatePath) => await ToolProcess.RunAsync(
        Path.Combine(AppContext.BaseDirectory, "PkiCore.Pkcs11.Tests"),
        [],
        new ToolOptions
        {
            Timeout = TimeSpan.FromSeconds(30),
            Environment = new Dictionary<string, string?>(tokens.Environment) { [UriVariable] = uri, [CertificateVariable] = certificatePath },
        },
        TestContext.Current.CancellationToken);

    /// <summary>Does what the environment orders.</summary>
    /// <returns>The exit code; <see langword="null"/> when nothing was ordered.</returns>
    public static int? TryRun() =>
        Environment.GetEnvironmentVariable(UriVariable) is { } uri ? Sign(uri, Environment.GetEnvironmentVariable(CertificateVariable)!) : null;

    private static int Sign(string uri, string certificatePath)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(certificatePath);
        var signer = Pkcs11Signer.Open(uri, certificate);
        int signatures = 0;
        int surprises = 0;
        void Work()
        {
            byte[] digest = SHA256.HashData("message"u8);
            byte[] signature = new byte[signer.MaxSignatureLength];
            try
            {
                while (true)
                {
                    signer.Sign(digest, signature, TimeSpan.FromSeconds(10), SigningPriority.Live);
                    Interlocked.Increment(ref signatures);
                }
            }
            catch (SigningException)
            {
                // It was disposed.
            }
#pragma warning disable CA1031 // Do not catch general exception types: the exit code tells of it
            catch (Exception)
#pragma warning restore CA1031
            {
                Interlocked.Increment(ref surprises);
            }
        }

        for (int i = 0; i < 4; i++)
        {
            new Thread(Work) { IsBackground = true }.Start();
        }

        SpinWait.SpinUntil(() => Volatile.Read(ref signatures) > 50);
        signer.Dispose();
        Console.WriteLine(signatures);
        return surprises;
    }
}
