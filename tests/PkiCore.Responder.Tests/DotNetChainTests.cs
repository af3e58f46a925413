using System.Security.Cryptography.X509Certificates;
using PkiCore.Responder.Demo;

namespace PkiCore.Responder.Tests;

/// <summary>.NET's own client: an <see cref="X509Chain"/> with online revocation, which asks by GET.</summary>
public sealed class DotNetChainTests(DemoFixture fixture) : IClassFixture<DemoFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private ServedDemo Served => fixture.Served;

    // .NET keeps answers in a folder below HOME, under the name of the address and the certificate: with new keys and a new port each time,
    // nothing of an earlier run can be found there.
    [Fact]
    [Requirement("HT-6", "HT-5", "RS-15", "RS-16")]
    public async Task Good_certificate_has_a_valid_chain()
    {
        long before = await CountAsync("Good");
        DemoCertificate leaf = await Served.IssueAsync("chain.demo.example", Cancellation);
        Assert.Equal(X509ChainStatusFlags.NoError, Build(leaf.CertificatePath));
        Assert.True(await CountAsync("Good") > before, "the responder was not asked");
    }

    [Fact]
    public async Task Revoked_certificate_is_revoked()
    {
        DemoCertificate leaf = await Served.IssueAsync("revoked-chain.demo.example", Cancellation);
        Served.Ca.Revoke(leaf.Serial, X509RevocationReason.KeyCompromise);
        byte[] request = OcspRequestEncoder.FromFiles(Served.Ca.CaPath, leaf.CertificatePath);
        await Eventually.HoldsAsync(
            "revoked",
            async () => PkiCore.Ocsp.OcspResponse.Parse(await Served.Responder.PostAsync(request, Cancellation))?.Responses is [{ Status: PkiCore.Ocsp.OcspCertificateStatus.Revoked }],
            Cancellation);
        Assert.Equal(X509ChainStatusFlags.Revoked, Build(leaf.CertificatePath));
    }

    [Fact]
    [Requirement("RS-3")]
    public async Task Unknown_certificate_has_no_status()
    {
        DemoCa ca = DemoCa.Open(Served.Ca.Directory, TimeProvider.System, new DemoCaOptions { OcspUrl = Served.Url.ToString() });
        string path = ca.IssueUnlisted("unlisted").CertificatePath;
        Assert.True(Build(path).HasFlag(X509ChainStatusFlags.RevocationStatusUnknown));
        Assert.True(await CountAsync("Unauthorized") > 0);
    }

    private X509ChainStatusFlags Build(string path)
    {
        using X509Certificate2 leaf = X509CertificateLoader.LoadCertificateFromFile(path);
        using X509Certificate2 root = X509CertificateLoader.LoadCertificateFromFile(Served.Ca.CaPath);
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.Online;
        chain.ChainPolicy.RevocationFlag = X509RevocationFlag.ExcludeRoot;
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.UrlRetrievalTimeout = TimeSpan.FromSeconds(10);
        chain.Build(leaf);
        return chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
    }

    /// <summary>How many GETs have had this outcome.</summary>
    private async Task<long> CountAsync(string outcome)
    {
        string metrics = (await Served.Responder.GetAsync("metrics", Cancellation)).Body;
        return metrics.Split('\n').Where(line => line.StartsWith($"pkicore_ocsp_request_duration_seconds_count{{method=\"GET\",outcome=\"{outcome}\"}}", StringComparison.Ordinal))
            .Select(line => long.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture)).SingleOrDefault();
    }
}
