using System.Security.Cryptography.X509Certificates;
using PkiCore.Ocsp;
using PkiCore.Responder.Demo;

namespace PkiCore.Campaigns.Rollover;

/// <summary>A certificate and a key, made and waiting to be put in place.</summary>
internal sealed record PreparedSigner(string Signer, string CertificatePath, string KeyPath);

/// <summary>Replaces the certificate and the key of the delegated signer: two files, so that for a moment they never fit.</summary>
internal sealed class SignerFiles(DemoCa ca)
{
    /// <summary>Longer than the host looks for changes, so that it sees the files as they must not be.</summary>
    private static readonly TimeSpan s_longestGap = TimeSpan.FromMilliseconds(2500);

    private static readonly ResponderFaults[] s_faults = [ResponderFaults.Expired, ResponderFaults.WrongExtendedKeyUsage, ResponderFaults.OtherIssuer, ResponderFaults.OtherKey];
    private static readonly DemoKeyType[] s_keyTypes = [DemoKeyType.EcdsaP256, DemoKeyType.EcdsaP256, DemoKeyType.EcdsaP384, DemoKeyType.Rsa2048];

    /// <summary>The signer in use at the start.</summary>
    public string Installed => SignerOf(ca.ResponderPath);

    public PreparedSigner Prepare(Random random)
    {
        DemoCertificate next = ca.CreateResponder(new DemoResponderOptions { Name = "next", KeyType = s_keyTypes[random.Next(s_keyTypes.Length)] });
        return new PreparedSigner(SignerOf(next.CertificatePath), next.CertificatePath, next.KeyPath);
    }

    /// <summary>Puts both files in place, the one or the other first.</summary>
    public async Task InstallAsync(PreparedSigner signer, Random random, CancellationToken cancellationToken)
    {
        bool isKeyFirst = random.Next(2) == 0;
        bool isSlow = random.Next(2) == 0;
        Move(isKeyFirst);
        if (isSlow)
        {
            await PauseAsync(random, cancellationToken);
        }

        Move(!isKeyFirst);

        void Move(bool isKey) => File.Move(isKey ? signer.KeyPath : signer.CertificatePath, isKey ? ca.ResponderKeyPath : ca.ResponderPath, overwrite: true);
    }

    /// <summary>Puts something in place that must not be used, and leaves it there for a while.</summary>
    public async Task SpoilAsync(Random random, CancellationToken cancellationToken)
    {
        string path = random.Next(2) == 0 ? ca.ResponderKeyPath : ca.ResponderPath;
        switch (random.Next(6))
        {
            case 0:
                await File.WriteAllTextAsync(path, "", cancellationToken);
                break;
            case 1:
                string text = await File.ReadAllTextAsync(path, cancellationToken);
                await File.WriteAllTextAsync(path, text[..random.Next(text.Length)], cancellationToken);
                break;
            case 2:
                File.Delete(path);
                break;
            default:
                DemoCertificate bad = ca.CreateResponder(new DemoResponderOptions { Name = "bad", Faults = s_faults[random.Next(s_faults.Length)] });
                await InstallAsync(new PreparedSigner("", bad.CertificatePath, bad.KeyPath), random, cancellationToken);
                break;
        }

        await PauseAsync(random, cancellationToken);
    }

    private static Task PauseAsync(Random random, CancellationToken cancellationToken) => Task.Delay(random.NextDouble() * s_longestGap, cancellationToken);

    private static string SignerOf(string certificatePath)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(certificatePath);
        return Convert.ToHexString(ResponderId.KeyHash(certificate));
    }
}
