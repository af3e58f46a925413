using System.Collections;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Pkix;
using Org.BouncyCastle.Utilities.Collections;
using Org.BouncyCastle.Utilities.Date;
using Org.BouncyCastle.X509;
using Org.BouncyCastle.X509.Store;
using PkiCore.Crl;
using PkiCore.Signing;
using PkiCore.Status;
using IssuingDistributionPoint = PkiCore.Crl.IssuingDistributionPoint;

namespace PkiCore.Tests.Crl;

/// <summary>BouncyCastle's path validation by our CRLs (RFC 5280 6.3): a verdict for each certificate.</summary>
public sealed class CrlPathValidationTests : IDisposable
{
    private const string Uri = "http://crl.example/a.crl";

    private static readonly DateTimeOffset s_now = TimeProvider.System.GetUtcNow(); // it looks at the clock in places

    private readonly CrlAuthority _root = new("CN=Root");

    [Fact]
    [Requirement("CF-14")]
    public void Complete_CRL_tells_good_from_revoked_and_held()
    {
        X509Crl crl = Make(_root, new CrlScope("ca"), 7, null, ("05", X509RevocationReason.KeyCompromise), ("06", X509RevocationReason.CertificateHold));
        Assert.Equal("good", Judge("07", [crl]));
        Assert.Equal("keyCompromise", Judge("05", [crl]));
        Assert.Equal("certificateHold", Judge("06", [crl]));
    }

    [Fact]
    [Requirement("CX-11", "CX-13", "T-20")]
    public void Shard_says_nothing_of_a_certificate_that_names_another()
    {
        IReadOnlyList<CrlScope> scopes = CrlScope.Shards(2, shard => $"http://crl.example/{shard}");
        X509Crl[] crls = [.. scopes.Select((scope, i) => Make(_root, scope, 7, null, ($"1{i}", X509RevocationReason.Superseded)))];
        Assert.Equal("good", Judge("20", crls, new CrlPoint("http://crl.example/0")));
        Assert.Equal("superseded", Judge("10", crls, new CrlPoint("http://crl.example/0")));
        Assert.Equal("superseded", Judge("11", crls, new CrlPoint("http://crl.example/1")));
        Assert.Equal("good", Judge("11", crls, new CrlPoint("http://crl.example/0")));
        Assert.Equal("unknown", Judge("20", crls[1..], new CrlPoint("http://crl.example/0")));
    }

    [Fact]
    [Requirement("CX-15", "CX-16")]
    public void CRLs_for_some_reasons_each_cover_all_together_only()
    {
        const ReasonFlags Keys = ReasonFlags.KeyCompromise | ReasonFlags.CACompromise;
        X509Crl keys = Make(_root, Scope(Keys), 7, null, ("05", X509RevocationReason.KeyCompromise));
        X509Crl others = Make(_root, Scope((ReasonFlags)0x1FE & ~Keys), 8, null, ("06", X509RevocationReason.AACompromise));
        Assert.Equal("keyCompromise", Judge("05", [keys, others], new CrlPoint(Uri)));
        Assert.Equal("aACompromise", Judge("06", [keys, others], new CrlPoint(Uri)));
        Assert.Equal("unknown", Judge("07", [keys], new CrlPoint(Uri)));

        static CrlScope Scope(ReasonFlags reasons) => new("ca") { DistributionPoint = new IssuingDistributionPoint { Uris = [Uri], OnlySomeReasons = reasons } };
    }

    [Fact]
    [Requirement("CX-4", "CX-5", "CX-6")]
    public void Delta_CRL_revokes_and_releases()
    {
        X509Crl complete = Make(_root, new CrlScope("ca"), 7, null, ("05", X509RevocationReason.KeyCompromise), ("06", X509RevocationReason.CertificateHold));
        X509Crl delta = Make(_root, new CrlScope("ca"), 9, 7, ("06", X509RevocationReason.RemoveFromCrl), ("07", X509RevocationReason.Superseded));
        Assert.Equal("keyCompromise", Judge("05", [complete, delta]));
        Assert.Equal("superseded", Judge("07", [complete, delta]));
        Assert.Equal("good", Judge("08", [complete, delta]));
        Assert.Equal("good", Judge("06", [complete, delta]));
    }

    public void Dispose() => _root.Dispose();

    private static X509Crl Make(CrlAuthority authority, CrlScope scope, int number, int? baseNumber, params (string Serial, X509RevocationReason Reason)[] entries)
    {
        using DotNetSigner signer = authority.CreateSigner();
        var builder = new CrlBuilder(authority.Issuer)
        {
            Number = number,
            BaseNumber = baseNumber,
            ThisUpdate = s_now.AddHours(baseNumber is null ? -2 : -1),
            NextUpdate = s_now.AddDays(1),
            DistributionPoint = scope.DistributionPoint,
        };
        foreach ((string serial, X509RevocationReason reason) in entries)
        {
            builder.Add(Change.Serial(serial), new CertificateStatus(s_now.AddHours(-3), reason));
        }

        using var stream = new MemoryStream();
        builder.WriteTo(stream, signer, TimeSpan.FromSeconds(30));
        return new X509CrlParser().ReadCrl(stream.ToArray());
    }

    private string Judge(string serial, X509Crl[] crls, params CrlPoint[] points)
    {
        var parser = new X509CertificateParser();
        Org.BouncyCastle.X509.X509Certificate root = parser.ReadCertificate(_root.Certificate.RawData);
        using X509Certificate2 leaf = _root.Issue(serial, points.Length == 0 ? null : points);
        var parameters = new PkixParameters(new HashSet { new TrustAnchor(root, null) }) { IsRevocationEnabled = true, IsUseDeltasEnabled = true, Date = new DateTimeObject(s_now.UtcDateTime) };
        parameters.AddStore(X509StoreFactory.Create("CRL/Collection", new X509CollectionStoreParameters(new ArrayList(crls))));
        try
        {
            new PkixCertPathValidator().Validate(new PkixCertPath(new ArrayList { parser.ReadCertificate(leaf.RawData) }), parameters);
            return "good";
        }
        catch (PkixCertPathValidatorException e)
        {
            int reason = e.ToString().IndexOf("reason: ", StringComparison.Ordinal);
            return reason < 0 ? "unknown" : e.ToString()[(reason + 8)..].Split([',', '\n', '\r', ' '], 2)[0].Trim();
        }
    }
}
