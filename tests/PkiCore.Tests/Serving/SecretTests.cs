using System.Security.Cryptography;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Tests.Signing;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>DESIGN rule 6.</summary>
public sealed class SecretTests
{
    [Fact]
    public async Task Neither_passphrase_nor_key_shows_up_in_log_or_health()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        using var files = new KeyFiles(ECDsa.Create(ECCurve.NamedCurves.nistP256));
        await File.WriteAllTextAsync(files.CertificatePath, rig.Authority.IssueResponder(files.Key).ExportCertificatePem(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(files.KeyPath, files.ExportEncrypted(), TestContext.Current.CancellationToken);
        ISigner signer = SoftwareSigner.FromPemFiles(files.CertificatePath, files.KeyPath, KeyFiles.Passphrase);
        rig.Responder.SetSigner(rig.Authority.Issuer, signer);
        await rig.SignAsync(rig.Request("01"));
        signer.Dispose(); // and now everything fails
        await rig.SignAsync(rig.Request("01"));

        string everything = string.Join('\n', rig.Log.Entries.Select(entry => entry.Text)) + string.Join('\n', rig.Health.Problems);

        Assert.Contains("disposed", everything, StringComparison.Ordinal);
        Assert.DoesNotContain(KeyFiles.Passphrase, everything, StringComparison.Ordinal);
        Assert.All(
            (files.ExportEncrypted() + files.Export("PKCS#8")).Split('\n').Where(line => line.Length > 16 && !line.StartsWith('-')),
            line => Assert.DoesNotContain(line, everything, StringComparison.Ordinal));
    }
}
