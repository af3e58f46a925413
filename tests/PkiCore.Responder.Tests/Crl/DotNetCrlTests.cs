using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl.Following;
using PkiCore.Crl.Issuing;
using PkiCore.Crl;

namespace PkiCore.Responder.Tests.Crl;

/// <summary>
/// .NET's <see cref="X509Chain"/>: on Linux it finds a CRL by the first HTTP distribution point of a certificate (or in its own cache), and leaves the rest to OpenSSL
/// without extended CRL support. So it knows neither delta nor indirect CRLs, nor CRLs of some reasons.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed class DotNetCrlTests : IDisposable
{
    private readonly CrlFolder _folder = new();
    private readonly CrlAuthority _root = new($"CN=Chain {Guid.NewGuid():N}"); // what .NET keeps in its cache is not found again
    private readonly CrlServer _server = new();

    [Theory]
    [InlineData("P-256")]
    [InlineData("P-384")]
    [InlineData("RSA")]
    [InlineData("PSS")]
    [Requirement("CF-14", "CD-1")]
    public void Complete_CRL_tells_good_from_revoked_and_held(string kind)
    {
        using var authority = new CrlAuthority($"CN=Chain {Guid.NewGuid():N}", kind);
        _server.Files["/ca.crl"] = File.ReadAllBytes(_folder.Write(authority, new CrlTerms(), ("05", X509RevocationReason.KeyCompromise), ("06", X509RevocationReason.CertificateHold)));
        Assert.Equal(X509ChainStatusFlags.NoError, Judge(authority, "07", "/ca.crl"));
        Assert.Equal(X509ChainStatusFlags.Revoked, Judge(authority, "05", "/ca.crl"));
        Assert.Equal(X509ChainStatusFlags.Revoked, Judge(authority, "06", "/ca.crl"));
        Assert.True(_server.Asked > 0, "nobody asked for the CRL");
    }

    [Fact]
    [Requirement("CX-11", "CX-13", "T-20")]
    public void Shard_is_taken_for_certificates_that_name_it_and_not_for_others()
    {
        for (int shard = 0; shard < 2; shard++)
        {
            var point = new IssuingDistributionPoint { Uris = [_server.Url + $"/shard-{shard}.crl"], OnlyContainsUserCerts = true };
            _server.Files[$"/shard-{shard}.crl"] = File.ReadAllBytes(_folder.Write(_root, new CrlTerms { Point = point }, ($"1{shard}", X509RevocationReason.Superseded)));
        }

        Assert.Equal(X509ChainStatusFlags.NoError, Judge(_root, "20", "/shard-0.crl"));
        Assert.Equal(X509ChainStatusFlags.Revoked, Judge(_root, "10", "/shard-0.crl"));
        Assert.Equal(X509ChainStatusFlags.Revoked, Judge(_root, "11", "/shard-1.crl"));
        _server.Files["/moved.crl"] = _server.Files["/shard-0.crl"];
        Assert.True(Judge(_root, "20", "/moved.crl").HasFlag(X509ChainStatusFlags.RevocationStatusUnknown));
    }

    [Fact]
    public void CRL_that_is_not_there_leaves_the_status_unknown() =>
        Assert.True(Judge(_root, "20", "/none.crl").HasFlag(X509ChainStatusFlags.RevocationStatusUnknown));

    public void Dispose()
    {
        _server.Dispose();
        _root.Dispose();
        _folder.Dispose();
    }

    private X509ChainStatusFlags Judge(CrlAuthority authority, string serial, string path)
    {
        using X509Certificate2 leaf = authority.Issue(serial, [new CrlPoint(_server.Url + path)]);
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.Online;
        chain.ChainPolicy.RevocationFlag = X509RevocationFlag.ExcludeRoot;
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority.Certificate);
        chain.ChainPolicy.UrlRetrievalTimeout = TimeSpan.FromSeconds(10);
        chain.Build(leaf);
        return chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
    }
}
