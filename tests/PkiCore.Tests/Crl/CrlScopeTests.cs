using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl;
using PkiCore.Status;

namespace PkiCore.Tests.Crl;

/// <summary>Which CRL a certificate is on.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class CrlScopeTests
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    [Fact]
    [Requirement("CX-13", "T-20", "CD-2")]
    public void Change_republishes_the_CRLs_of_its_shard_and_leaves_the_files_of_all_others()
    {
        using var rig = new IssuanceRig(options =>
        {
            options.Scopes = CrlScope.Shards(24, shard => $"http://crl.example/{shard}.crl", shard => $"http://crl.example/{shard}-delta.crl");
            options.DeltaInterval = 12 * s_hour;
            options.PublishAfterChange = 2 * s_hour;
            options.PublishDeltaAfterChange = s_hour;
        });
        rig.Apply([.. Enumerable.Range(0, 100).Select(i => Change.Revoked($"10{i:X2}", rig.Now))]);
        rig.Publish(all: false);
        rig.Clock.Advance(TimeSpan.FromSeconds(1));
        rig.Publish(all: false);
        Assert.Equal(48, rig.Files.Count);
        Dictionary<string, ulong> before = Inodes(rig);

        rig.Apply(Change.Revoked("7A", rig.Now)); // 122 = 5 * 24 + 2
        rig.Clock.Advance(s_hour);
        rig.Publish(all: false);
        Assert.Equal(["shard-002-delta.crl"], Others(before, Inodes(rig)));
        Assert.Contains("7A", rig.Reasons("shard-002-delta.crl").Keys);
        Assert.DoesNotContain("7A", rig.Reasons("shard-002.crl").Keys);

        rig.Clock.Advance(s_hour);
        rig.Publish(all: false);
        Assert.Equal(["shard-002-delta.crl", "shard-002.crl"], Others(before, Inodes(rig)));
        Assert.Contains("7A", rig.Reasons("shard-002.crl").Keys);
        Assert.Equal(2, Directory.EnumerateDirectories(Path.Combine(rig.Directory, "publications")).Count());
    }

    [Fact]
    [Requirement("CX-13", "T-20")]
    public void Certificate_is_in_the_shard_that_the_source_names_and_else_in_that_of_its_serial_number()
    {
        using var rig = new IssuanceRig(options => options.Scopes = CrlScope.Shards(3, shard => $"http://crl.example/{shard}"));
        rig.Apply(
            Change.Revoked("06", rig.Now), Change.Revoked("0F", rig.Now) with { CrlShard = 2 },
            Change.Revoked("00FF00000000000000000000000000000000000001", rig.Now)); // 255 * 256^19 + 1; 256 is 1 modulo 3
        rig.Publish();
        Assert.Equal(["06"], rig.Reasons("shard-000.crl").Keys);
        Assert.Equal(["00FF00000000000000000000000000000000000001"], rig.Reasons("shard-001.crl").Keys);
        Assert.Equal(["0F"], rig.Reasons("shard-002.crl").Keys);
    }

    [Fact]
    [Requirement("CF-14")]
    public void Certificate_of_which_the_source_cannot_tell_whether_it_is_of_a_CA_is_on_the_list_of_either_kind()
    {
        using var rig = new IssuanceRig(options => options.Scopes =
            [new CrlScope("cas") { DistributionPoint = new IssuingDistributionPoint { OnlyContainsCACerts = true } }, new CrlScope("users") { DistributionPoint = new IssuingDistributionPoint { OnlyContainsUserCerts = true } }]);
        rig.Apply(Change.Revoked("05", rig.Now));
        rig.Publish();
        Assert.Equal(["05"], rig.Reasons("cas.crl").Keys);
        Assert.Equal(["05"], rig.Reasons("users.crl").Keys);
    }

    [Fact]
    public void Revoked_certificate_of_a_kind_that_no_CRL_is_about_is_an_alarm()
    {
        using var rig = new IssuanceRig(options => options.Scopes = [new CrlScope("cas") { DistributionPoint = new IssuingDistributionPoint { OnlyContainsCACerts = true } }]);
        rig.Apply(Change.Revoked("05", rig.Now) with { IsCA = false });
        Assert.Contains("on no CRL", rig.State.GetReading(0).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Certificate_in_a_shard_that_there_is_not_is_skipped_with_an_alarm_and_stops_nobody_else()
    {
        using var rig = new IssuanceRig(options => options.Scopes = CrlScope.Shards(3, shard => $"http://crl.example/{shard}"));
        rig.Apply(Change.Revoked("07", rig.Now) with { CrlShard = 3 }, Change.Revoked("06", rig.Now));
        rig.Publish();
        Assert.Equal(["06"], rig.Reasons("shard-000.crl").Keys);
        Assert.Contains("1 certificate(s) are revoked, and on no CRL: the source puts them into a shard that there is not, or no CRL is about their kind: 07", rig.State.GetReading(0).Problem, StringComparison.Ordinal);
        Assert.Null(rig.State.GetReading(0).Position.Value);
    }

    [Fact]
    [Requirement("CX-12")]
    public void Certificates_of_authorities_and_of_others_are_on_lists_of_their_own()
    {
        using var rig = new IssuanceRig(options => options.Scopes =
        [
            new CrlScope("all"),
            new CrlScope("users") { DistributionPoint = new IssuingDistributionPoint { OnlyContainsUserCerts = true } },
            new CrlScope("authorities") { DistributionPoint = new IssuingDistributionPoint { OnlyContainsCACerts = true } },
        ]);
        rig.Apply(Change.Revoked("05", rig.Now) with { IsCA = false }, Change.Revoked("06", rig.Now) with { IsCA = true });
        rig.Publish();
        Assert.Equal(["05", "06"], rig.Reasons("all.crl").Keys);
        Assert.Equal(["05"], rig.Reasons("users.crl").Keys);
        Assert.Equal(["06"], rig.Reasons("authorities.crl").Keys);
    }

    [Fact]
    [Requirement("CX-6", "CX-15")]
    public void Entry_whose_reason_moves_out_of_scope_is_told_without_a_reason_by_the_delta_CRL_it_leaves_and_not_told_where_it_never_was()
    {
        using var rig = new IssuanceRig(options =>
        {
            options.DeltaInterval = s_hour;
            options.Scopes =
            [
                new CrlScope("all"),
                new CrlScope("holds") { DistributionPoint = new IssuingDistributionPoint { OnlySomeReasons = ReasonFlags.CertificateHold } },
                new CrlScope("keys") { DistributionPoint = new IssuingDistributionPoint { OnlySomeReasons = ReasonFlags.KeyCompromise | ReasonFlags.CACompromise } },
            ];
        });
        rig.Apply(Change.Held("05", rig.Now), Change.Held("06", rig.Now), Change.Revoked("07", rig.Now, X509RevocationReason.Unspecified));
        rig.Publish();
        Assert.Equal(["05", "06"], rig.Reasons("holds.crl").Keys);
        Assert.Empty(rig.Reasons("keys.crl"));
        Assert.Equal(3, rig.Reasons("all.crl").Count);

        rig.Apply(Change.Revoked("05", rig.Now), Change.Good("06"), Change.Revoked("08", rig.Now, X509RevocationReason.Superseded));
        rig.PublishAfter(s_hour);
        Assert.Equal([("05", X509RevocationReason.Unspecified), ("06", X509RevocationReason.RemoveFromCrl)], Pairs("holds-delta.crl")); // (c), (b); 08: (d)
        Assert.Equal([("05", X509RevocationReason.KeyCompromise)], Pairs("keys-delta.crl"));
        Assert.Equal([("05", X509RevocationReason.KeyCompromise), ("06", X509RevocationReason.RemoveFromCrl), ("08", X509RevocationReason.Superseded)], Pairs("all-delta.crl"));
        Assert.Empty(rig.Reasons("holds.crl"));
        Assert.Equal([("05", X509RevocationReason.KeyCompromise)], Pairs("keys.crl"));

        (string, X509RevocationReason)[] Pairs(string name) => [.. rig.Reasons(name).Select(entry => (entry.Key, entry.Value)).Order()];
    }

    [Fact]
    [Requirement("CX-14", "CE-3", "T-21")]
    public void Indirect_CRL_names_the_issuer_of_each_certificate_and_one_serial_number_may_be_there_for_several()
    {
        using var second = new CrlAuthority("CN=Second");
        using var third = new CrlAuthority("CN=Third");
        using var rig = new IssuanceRig(
            options =>
            {
                options.DeltaInterval = s_hour;
                options.Scopes = [new CrlScope("all") { DistributionPoint = new IssuingDistributionPoint { IsIndirect = true } }, new CrlScope("own")];
            },
            second,
            third);
        rig.Apply(Change.Revoked("05", rig.Now));
        rig.ApplyTo(1, Change.Revoked("05", rig.Now, X509RevocationReason.Superseded), Change.Held("06", rig.Now));
        rig.ApplyTo(2, Change.Revoked("05", rig.Now, X509RevocationReason.CessationOfOperation));
        rig.Publish();
        string[] names = ["CN=Rig CA", "CN=Second", "CN=Third"];
        Assert.Equal([(0, "05", 1), (1, "05", 4), (1, "06", 6), (2, "05", 5)], Told("all.crl"));
        Assert.Equal(["05"], rig.Reasons("own.crl").Keys);

        rig.ApplyTo(1, Change.Good("06"));
        rig.Restart();
        rig.PublishAfter(s_hour);
        Assert.Equal([(0, "05", 1), (1, "05", 4), (2, "05", 5)], Told("all.crl"));
        Assert.Equal([(1, "06", 8)], Told("all-delta.crl"));
        rig.ApplyTo(1, Change.Revoked("05", rig.Now)); // the first of an issuer has the name; now another has
        rig.ApplyTo(1, Change.Revoked("09", rig.Now));
        rig.PublishAfter(s_hour);
        Assert.Equal([(0, "05", 1), (1, "05", 1), (1, "09", 1), (2, "05", 5)], Told("all.crl").Order());

        (int Issuer, string Serial, int Reason)[] Told(string name) =>
        [
            .. rig.Read(name).Entries.Select(entry => (
                Array.IndexOf(names, new X500DistinguishedName(entry.Issuer).Name), Convert.ToHexString(entry.Serial), entry.Reason)),
        ];
    }

    private static Dictionary<string, ulong> Inodes(IssuanceRig rig) => rig.Files.ToDictionary(name => name, name => FileIdentity.Of(rig.PathOf(name)).Inode);

    private static string[] Others(Dictionary<string, ulong> before, Dictionary<string, ulong> after) =>
        [.. after.Where(file => before[file.Key] != file.Value).Select(file => file.Key).Order(StringComparer.Ordinal)];
}
