using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl.Following;
using PkiCore.Crl.Issuing;
using PkiCore.Crl;
using PkiCore.Status;

namespace PkiCore.Responder.Tests.Crl;

/// <summary>What <c>openssl verify</c> thinks of certificates by our CRLs. A hold is a revocation to it.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class OpenSslCrlVerdictTests : IDisposable
{
    private const string Uri = "http://crl.example/ca.crl";
    private const string Revoked = "certificate revoked";
    private const string NoCrl = "unable to get certificate CRL";
    private const string OtherScope = "different CRL scope";

    private static readonly string[] s_check = ["-crl_check"];
    private static readonly string[] s_extended = ["-crl_check", "-extended_crl"];
    private static readonly string[] s_deltas = ["-crl_check", "-extended_crl", "-use_deltas"];

    private readonly CrlFolder _folder = new();
    private readonly CrlAuthority _root = new("CN=Root");

    [Theory]
    [InlineData("P-256")]
    [InlineData("P-384")]
    [InlineData("RSA")]
    [InlineData("PSS")]
    [Requirement("CF-14")]
    public async Task Complete_CRL_tells_good_from_revoked_and_held(string kind)
    {
        using var authority = new CrlAuthority("CN=CA", kind);
        string crl = _folder.Write(authority, new CrlTerms(), ("05", X509RevocationReason.KeyCompromise), ("06", X509RevocationReason.CertificateHold), ("00FF05", X509RevocationReason.Unspecified));
        Assert.Equal("OK", await JudgeAsync("07", s_check, crl));
        Assert.Equal(Revoked, await JudgeAsync("05", s_check, crl));
        Assert.Equal(Revoked, await JudgeAsync("06", s_check, crl));
        Assert.Equal(Revoked, await JudgeAsync("00FF05", s_check, crl));
        Assert.Equal("OK", await JudgeAsync("FF05", s_check, _folder.Write(authority, new CrlTerms(), ("7F05", X509RevocationReason.Unspecified))));
        Assert.Equal(NoCrl, await JudgeAsync("07", s_check));

        async Task<string> JudgeAsync(string serial, string[] options, params string[] crls)
        {
            using X509Certificate2 leaf = authority.Issue(serial);
            return await _folder.VerifyAsync(leaf, authority, crls, options);
        }
    }

    [Fact]
    public async Task CRLs_of_all_authorities_on_the_way_are_checked()
    {
        using var sub = new CrlAuthority("CN=Sub", parent: _root, serial: "51");
        using var revoked = new CrlAuthority("CN=Revoked sub", "RSA", _root, serial: "52");
        string rootCrl = _folder.Write(_root, new CrlTerms { Point = new IssuingDistributionPoint { OnlyContainsCACerts = true } }, ("52", X509RevocationReason.CACompromise));
        string subCrl = _folder.Write(sub, new CrlTerms { Point = new IssuingDistributionPoint { OnlyContainsUserCerts = true } }, ("05", X509RevocationReason.Superseded));
        string revokedCrl = _folder.Write(revoked, new CrlTerms());
        string[] crls = [rootCrl, subCrl, revokedCrl];
        Assert.Equal("OK", await JudgeAsync(sub, "06"));
        Assert.Equal(Revoked, await JudgeAsync(sub, "05"));
        Assert.Equal(Revoked, await JudgeAsync(revoked, "06"));
        // The serial number of one issuer means nothing to another.
        Assert.Equal("OK", await JudgeAsync(sub, "52"));

        async Task<string> JudgeAsync(CrlAuthority issuer, string serial)
        {
            using X509Certificate2 leaf = issuer.Issue(serial);
            return await _folder.VerifyAsync(leaf, _root, crls, ["-crl_check_all"], sub, revoked);
        }
    }

    [Fact]
    [Requirement("CX-12")]
    public async Task CRL_about_authorities_or_users_only_says_nothing_of_the_others()
    {
        string users = _folder.Write(_root, new CrlTerms { Point = new IssuingDistributionPoint { OnlyContainsUserCerts = true } });
        string authorities = _folder.Write(_root, new CrlTerms { Point = new IssuingDistributionPoint { OnlyContainsCACerts = true } });
        using X509Certificate2 leaf = _root.Issue("05");
        Assert.Equal("OK", await _folder.VerifyAsync(leaf, _root, [users], s_check));
        Assert.Equal(OtherScope, await _folder.VerifyAsync(leaf, _root, [authorities], s_check));
    }

    [Fact]
    [Requirement("CX-11", "CX-13", "T-20", "MZ-5", "BR-6")]
    public async Task Shard_says_nothing_of_a_certificate_that_names_another()
    {
        string[] crls =
        [
            .. Enumerable.Range(0, 3).Select(shard => _folder.Write(
                _root, new CrlTerms { Number = 20 + shard, Point = CrlScope.Shards(3, UriOf)[shard].DistributionPoint! }, ($"1{shard}", X509RevocationReason.KeyCompromise))),
        ];
        using X509Certificate2 good = Issue("22", 2);
        using X509Certificate2 revoked = Issue("12", 2);
        using X509Certificate2 listedElsewhere = Issue("12", 0);
        Assert.Equal("OK", await _folder.VerifyAsync(good, _root, crls[2..], s_check));
        Assert.Equal("OK", await _folder.VerifyAsync(good, _root, crls, s_check));
        Assert.Equal(Revoked, await _folder.VerifyAsync(revoked, _root, crls, s_check));
        Assert.Equal("OK", await _folder.VerifyAsync(listedElsewhere, _root, crls, s_check));
        Assert.Equal(OtherScope, await _folder.VerifyAsync(good, _root, crls[..2], s_check));
        // byte by byte: another case of the host is another name
        using X509Certificate2 otherCase = _root.Issue("22", [new CrlPoint(UriOf(2).Replace("crl.example", "CRL.example", StringComparison.Ordinal))]);
        Assert.Equal(OtherScope, await _folder.VerifyAsync(otherCase, _root, crls[2..], s_check));

        X509Certificate2 Issue(string serial, int shard) => _root.Issue(serial, [new CrlPoint(UriOf(shard))]);

        static string UriOf(int shard) => $"http://crl.example/shard-{shard:000}.crl";
    }

    [Fact]
    [Requirement("CX-3", "CX-4", "CX-5", "CX-6", "CX-7", "CX-17", "T-19")]
    public async Task Delta_CRL_revokes_releases_and_changes_what_the_base_says()
    {
        const string Delta = "http://crl.example/delta.crl";
        await using var published = await PublishedCrls.StartAsync(_root, options =>
        {
            options.DeltaInterval = TimeSpan.FromHours(1);
            options.Scopes = [new CrlScope("ca") { FreshestCrl = [Delta] }];
        });
        DateTimeOffset since = TimeProvider.System.GetUtcNow().AddHours(-1);
        await published.TellAsync(PublishedCrls.Status("05", since, X509RevocationReason.KeyCompromise), PublishedCrls.Status("06", since, X509RevocationReason.CertificateHold), PublishedCrls.Status("07", since, X509RevocationReason.CertificateHold));
        await published.PublishAsync();
        string first = published.Keep("ca.crl");
        await published.TellAsync(
            PublishedCrls.Status("06", null), PublishedCrls.Status("07", since, X509RevocationReason.KeyCompromise),
            PublishedCrls.Status("08", since, X509RevocationReason.Superseded), PublishedCrls.Status("09", since, X509RevocationReason.CertificateHold));
        await published.TellAsync(PublishedCrls.Status("09", null)); // put on hold and released since the base
        await published.PublishAsync();
        string second = published.PathOf("ca.crl");
        string delta = published.PathOf("ca-delta.crl");

        (string Serial, string BaseAlone, string Both)[] expected =
        [
            ("05", Revoked, Revoked), ("06", Revoked, "OK"), ("07", Revoked, Revoked), ("08", "OK", Revoked), ("09", "OK", "OK"), ("0A", "OK", "OK"),
        ];
        foreach ((string serial, string baseAlone, string both) in expected)
        {
            using X509Certificate2 leaf = _root.Issue(serial, freshest: Delta);
            Assert.Equal((serial, baseAlone), (serial, await _folder.VerifyAsync(leaf, _root, [first], s_deltas)));
            Assert.Equal((serial, both), (serial, await _folder.VerifyAsync(leaf, _root, [first, delta], s_deltas)));
            Assert.Equal((serial, both), (serial, await _folder.VerifyAsync(leaf, _root, [second], s_deltas)));
            Assert.Equal((serial, both), (serial, await _folder.VerifyAsync(leaf, _root, [second, delta], s_deltas))); // of one number: the same is said
        }

        // A delta CRL is no CRL by itself, and none of another scope or base.
        using X509Certificate2 good = _root.Issue("0A", freshest: Delta);
        Assert.Equal(NoCrl, await _folder.VerifyAsync(good, _root, [delta], s_check));
        using X509Certificate2 revokedByDelta = _root.Issue("08", freshest: Delta);
        string otherBase = _folder.Write(_root, new CrlTerms { Number = 30 });
        Assert.Equal("OK", await _folder.VerifyAsync(revokedByDelta, _root, [otherBase, delta], s_deltas)); // the base is newer than the delta
        string otherScope = _folder.Write(_root, new CrlTerms { Number = 1, Point = new IssuingDistributionPoint { OnlyContainsUserCerts = true } });
        Assert.Equal("OK", await _folder.VerifyAsync(revokedByDelta, _root, [otherScope, delta], s_deltas));
    }

    [Fact]
    [Requirement("CX-15", "CX-16")]
    public async Task CRLs_for_some_reasons_each_are_taken_together_where_they_cover_all()
    {
        // Only with -extended_crl: without, OpenSSL does not look at a CRL of some reasons.
        ReasonFlags keys = ReasonFlags.KeyCompromise | ReasonFlags.CACompromise;
        ReasonFlags others = (ReasonFlags)0x1FE & ~keys;
        string keysCrl = _folder.Write(_root, new CrlTerms { Point = new IssuingDistributionPoint { Uris = [Uri], OnlySomeReasons = keys } }, ("05", X509RevocationReason.KeyCompromise));
        string othersCrl = _folder.Write(_root, new CrlTerms { Number = 8, Point = new IssuingDistributionPoint { Uris = [Uri], OnlySomeReasons = others } }, ("06", X509RevocationReason.AACompromise), ("07", X509RevocationReason.PrivilegeWithdrawn));
        CrlPoint[] points = [new CrlPoint(Uri)];
        foreach ((string serial, string verdict) in ((string, string)[])[("05", Revoked), ("06", Revoked), ("07", Revoked), ("08", "OK")])
        {
            using X509Certificate2 leaf = _root.Issue(serial, points);
            Assert.Equal((serial, verdict), (serial, await _folder.VerifyAsync(leaf, _root, [keysCrl, othersCrl], s_extended)));
        }

        using X509Certificate2 good = _root.Issue("08", points);
        Assert.NotEqual("OK", await _folder.VerifyAsync(good, _root, [keysCrl], s_extended));
        Assert.NotEqual("OK", await _folder.VerifyAsync(good, _root, [keysCrl, othersCrl], s_check));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Requirement("CX-14", "CE-3", "T-21")]
    public async Task Indirect_CRL_revokes_certificates_of_the_issuers_that_it_names(bool byDedicatedIssuer)
    {
        // Only with -extended_crl: without, OpenSSL does not look at an indirect CRL.
        using var second = new CrlAuthority("CN=Second", parent: _root, serial: "51");
        using var third = new CrlAuthority("CN=Third", parent: _root, serial: "52");
        using var dedicated = new CrlAuthority("CN=CRL issuer", "P-384", _root, isCA: false, serial: "53");
        CrlAuthority crlIssuer = byDedicatedIssuer ? dedicated : _root;
        string crl = _folder.Write(crlIssuer, new CrlTerms { Point = new IssuingDistributionPoint { Uris = [Uri], IsIndirect = true } }, builder =>
        {
            var status = new CertificateStatus(builder.ThisUpdate.AddDays(-1), X509RevocationReason.KeyCompromise);
            builder.Add(CrlFolder.Serial("05"), status);
            builder.Add(CrlFolder.Serial("06"), status, second.Issuer);
            builder.Add(CrlFolder.Serial("07"), status, second.Issuer);
            builder.Add(CrlFolder.Serial("08"), status, third.Issuer);
        });
        CrlPoint[] points = [new CrlPoint(Uri) { CrlIssuer = crlIssuer.Certificate.SubjectName }];
        (CrlAuthority Issuer, string Serial, string Verdict)[] expected =
        [
            (second, "05", "OK"), (second, "06", Revoked), (second, "07", Revoked), (second, "08", "OK"), (third, "07", "OK"), (third, "08", Revoked), (third, "06", "OK"),
        ];
        foreach ((CrlAuthority issuer, string serial, string verdict) in expected)
        {
            using X509Certificate2 leaf = issuer.Issue(serial, points);
            Assert.Equal((issuer.Certificate.Subject, serial, verdict), (issuer.Certificate.Subject, serial, await _folder.VerifyAsync(leaf, _root, [crl], s_extended, second, third, dedicated)));
        }

        using X509Certificate2 revoked = second.Issue("06", points);
        Assert.NotEqual("OK", await _folder.VerifyAsync(revoked, _root, [crl], s_check, second, third, dedicated));
    }

    [Fact]
    public async Task CRL_by_another_key_of_the_same_name_is_not_believed()
    {
        using var stranger = new CrlAuthority("CN=Root");
        using X509Certificate2 leaf = _root.Issue("05");
        Assert.NotEqual("OK", await _folder.VerifyAsync(leaf, _root, [_folder.Write(stranger, new CrlTerms())], s_check));
    }

    [Fact]
    public async Task CRL_is_believed_until_its_nextUpdate()
    {
        using X509Certificate2 leaf = _root.Issue("05");
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        Assert.Equal("OK", await _folder.VerifyAsync(leaf, _root, [_folder.Write(_root, new CrlTerms { NextUpdate = now.AddMinutes(5) })], s_check));
        Assert.Equal("CRL has expired", await _folder.VerifyAsync(leaf, _root, [_folder.Write(_root, new CrlTerms { NextUpdate = now.AddMinutes(-5) })], s_check));
    }

    public void Dispose()
    {
        _root.Dispose();
        _folder.Dispose();
    }
}
