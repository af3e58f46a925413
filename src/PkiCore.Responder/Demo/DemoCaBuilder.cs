using System.Security.Cryptography.X509Certificates;

namespace PkiCore.Responder.Demo;

/// <summary>
/// Makes a demonstration CA in a folder beside its final one and renames that at the end, so that a crash leaves no half-made CA.
/// </summary>
internal static class DemoCaBuilder
{
    public static void Build(DemoLayout target, DemoCaOptions options, TimeProvider timeProvider)
    {
        var staging = new DemoLayout($"{target.Root}.{Guid.NewGuid():N}.tmp");
        try
        {
            Directory.CreateDirectory(staging.NewCertificates);
            DemoFile.CreatePrivateDirectory(staging.Private);
            WriteCa(staging, target.Root, options, timeProvider.GetUtcNow());
            Populate(new DemoCa(staging, options, timeProvider));
            MoveInPlace(staging, target);
        }
        finally
        {
            if (Directory.Exists(staging.Root))
            {
                Directory.Delete(staging.Root, recursive: true);
            }
        }
    }

    private static void WriteCa(DemoLayout files, string finalDirectory, DemoCaOptions options, DateTimeOffset now)
    {
        using DemoIssuer issuer = DemoIssuer.CreateSelfSigned(
            options.CaName, options.CaKeyType, now.AddDays(-1), now + options.CaValidity);
        DemoFile.WritePrivate(files.CaKey, issuer.Key.ToPem());
        DemoFile.Write(files.CaCertificate, issuer.Certificate.ExportCertificatePem() + "\n");
        DemoFile.Write(files.Index, "");
        // Two certificates may have one subject: a renewal does.
        DemoFile.Write(files.IndexAttributes, "unique_subject = no\n");
        DemoFile.Write(files.Serial, SerialNumbers.Next() + "\n");
        DemoFile.Write(files.CrlNumber, "01\n");
        string digest = issuer.Key.Hash.Name!.ToLowerInvariant();
        DemoFile.Write(files.OpenSslConfiguration, OpenSslConfiguration.Create(finalDirectory, digest, options));
    }

    private static void Populate(DemoCa ca)
    {
        ca.CreateResponder(new DemoResponderOptions { KeyType = ca.Options.ResponderKeyType });
        Issue(ca, "good");
        ca.Revoke(Issue(ca, "revoked"), X509RevocationReason.KeyCompromise);
        ca.Revoke(Issue(ca, "superseded"), X509RevocationReason.Superseded);
        ca.Revoke(Issue(ca, "unstated"), reason: null);
        ca.Hold(Issue(ca, "held"));
        ca.IssueUnlisted("unknown");
    }

    private static string Issue(DemoCa ca, string name)
    {
        DemoCertificate certificate = ca.Issue(name + ".demo.example");
        File.Copy(certificate.CertificatePath, ca.Layout.Top(name));
        return certificate.Serial;
    }

    private static void MoveInPlace(DemoLayout staging, DemoLayout target)
    {
        if (Directory.Exists(target.Root))
        {
            // Empty, or this throws; a rename onto a folder is refused by .NET.
            Directory.Delete(target.Root);
        }

        Directory.Move(staging.Root, target.Root);
    }
}
