using System.Security.Cryptography.X509Certificates;
using PkiCore.Responder.Demo;
using PkiCore.X509;

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
        Assert.Equal(X509ChainStatusFlags.NoError, Build(leaf.CertificatePath, Served));
        Assert.True(await CountAsync("Good") > before, "the responder was not asked");
    }

    [Fact]
    public Task Revoked_certificate_is_revoked() => AssertRevokedAsync(Served);

    [Theory]
    [InlineData(CertIdHash.Sha1, CertIdHash.Sha256)]
    [InlineData(CertIdHash.Sha256, CertIdHash.Sha1)]
    [Requirement("RS-13")]
    public async Task Response_with_both_hashes_in_any_order_is_accepted(CertIdHash first, CertIdHash second)
    {
        await using ServedDemo served = await ServedDemo.StartCombinedAsync(first, second);
        DemoCertificate leaf = await served.IssueAsync("combined-chain.demo.example", Cancellation);
        Assert.Equal(X509ChainStatusFlags.NoError, Build(leaf.CertificatePath, served));
        await AssertRevokedAsync(served);
    }

    private static async Task AssertRevokedAsync(ServedDemo served)
    {
        DemoCertificate leaf = await served.IssueAsync("revoked-chain.demo.example", Cancellation);
        served.Ca.Revoke(leaf.Serial, X509RevocationReason.KeyCompromise);
        byte[] request = OcspRequestEncoder.FromFiles(served.Ca.CaPath, leaf.CertificatePath);
        await Eventually.HoldsAsync(
            "revoked",
            async () => PkiCore.Ocsp.OcspResponse.Parse(await served.Responder.PostAsync(request, Cancellation))?.Responses is [{ Status: PkiCore.Ocsp.OcspCertificateStatus.Revoked }, ..],
            Cancellation);
        Assert.Equal(X509ChainStatusFlags.Revoked, Build(leaf.CertificatePath, served));
    }

    [Fact]
    [Requirement("RS-3")]
    public async Task Unknown_certificate_has_no_status()
    {
        DemoCa ca = DemoCa.Open(Served.Ca.Directory, TimeProvider.System, new DemoCaOptions { OcspUrl = Served.Url.ToString() });
        string path = ca.IssueUnlisted("unlisted").CertificatePath;
        Assert.True(Build(path, Served).HasFlag(X509ChainStatusFlags.RevocationStatusUnknown));
        Assert.True(await CountAsync("Unauthorized") > 0);
    }

    private static X509ChainStatusFlags Build(string path, ServedDemo served)
    {
        using X509Certificate2 leaf = X509CertificateLoader.LoadCertificateFromFile(path);
        using X509Certificate2 root = X509CertificateLoader.LoadCertificateFromFile(served.Ca.CaPath);
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
