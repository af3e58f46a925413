using System.Numerics;
using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl.Issuing;
using PkiCore.Crl;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Tests.Crl;

/// <summary>What is not published, and that what was published before stays as it was.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PublicationGateTests
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    [Fact]
    [Requirement("CX-2", "CX-4")]
    public void Fault_of_a_file_is_found_one_by_one()
    {
        using var rig = new IssuanceRig(options => options.DeltaInterval = s_hour);
        rig.Apply(Change.Revoked("05", rig.Now), Change.Revoked("06", rig.Now));
        rig.Publish();
        rig.PublishAfter(s_hour);
        string before = rig.PathOf("ca.crl");
        CrlContents there = rig.Read();
        var gate = new PublicationGate(rig.Authority.Issuer, rig.Options);
        using var directory = new TemporaryDirectory();
        string path = directory.File("ca.crl");
        using var stranger = new CrlAuthority(rig.Authority.Certificate.Subject);
        using ISigner strangersKey = stranger.CreateSigner();

        Passes(new Sample(3, 2));
        Passes(new Sample(3, 2) { BaseNumber = 1 });
        Fails(new Sample(3, 2), "signature", spoil: true);
        Fails(new Sample(3, 2) { Authority = stranger, Signer = strangersKey }, "signature");
        Fails(new Sample(3, 1), "only 0 have been released");
        Passes(new Sample(3, 1), departures: 1);
        Passes(new Sample(3, 1), departures: null);
        Fails(new Sample(2, 2), "not higher");
        Fails(new Sample(1, 2), "not higher");
        Fails(new Sample(3, 2) { Point = new IssuingDistributionPoint { OnlyContainsUserCerts = true } }, "its scope is not that of the one before");
        Fails(new Sample(3, 2) { ThisUpdate = there.ThisUpdate.AddSeconds(-1) }, "is earlier than");
        Fails(new Sample(3, 2), "not what was written", expect: crl => crl with { EntryCount = 3 });
        Fails(new Sample(3, 2), "not what was written", expect: crl => crl with { Number = 4 });
        Fails(new Sample(3, 2), "not what was written", expect: crl => crl with { NextUpdate = crl.NextUpdate.AddSeconds(1) });
        Fails(new Sample(3, 2), "not what was written", expect: crl => crl with { BaseNumber = 1 });

        void Passes(Sample sample, long? departures = 0) => gate.Check(path, Write(sample), before, 2, departures);

        void Fails(Sample sample, string fault, bool spoil = false, Func<PublishedCrl, PublishedCrl>? expect = null)
        {
            PublishedCrl expected = Write(sample);
            if (spoil)
            {
                byte[] bytes = File.ReadAllBytes(path);
                bytes[^1] ^= 1;
                File.WriteAllBytes(path, bytes);
            }

            string message = Assert.Throws<InvalidDataException>(() => gate.Check(path, expect?.Invoke(expected) ?? expected, before, null, 0)).Message;
            Assert.Contains(fault, message, StringComparison.Ordinal);
        }

        PublishedCrl Write(Sample sample)
        {
            DateTimeOffset thisUpdate = sample.ThisUpdate ?? there.ThisUpdate.AddHours(1);
            var builder = new CrlBuilder((sample.Authority ?? rig.Authority).Issuer)
            {
                Number = sample.Number,
                BaseNumber = sample.BaseNumber,
                ThisUpdate = thisUpdate,
                NextUpdate = thisUpdate + s_hour,
                DistributionPoint = sample.Point,
            };
            for (int i = 0; i < sample.Entries; i++)
            {
                builder.Add(Change.Serial($"0{5 + i}"), new CertificateStatus(rig.Now.AddDays(-1)));
            }

            using FileStream file = File.Create(path);
            builder.WriteTo(file, sample.Signer ?? rig.Signer, s_hour);
            return new PublishedCrl(sample.Number, sample.BaseNumber, thisUpdate, builder.NextUpdate, sample.Entries);
        }
    }

    public static TheoryData<string, int, bool> Spoilings => new()
    {
        { "the first byte of a complete CRL", 0, false },
        { "an entry", 200, false },
        { "cut short", -1, true },
        { "empty", 0, true },
    };

    [Theory]
    [MemberData(nameof(Spoilings))]
    public void Published_file_that_is_damaged_is_replaced_and_its_number_not_used_again(string what, int at, bool cut)
    {
        Assert.NotEmpty(what);
        using var rig = new IssuanceRig();
        rig.Apply(Change.Revoked("05", rig.Now), Change.Revoked("06", rig.Now));
        rig.PublishAfter(s_hour);
        rig.PublishAfter(s_hour);
        rig.Restart(() =>
        {
            byte[] bytes = File.ReadAllBytes(rig.PathOf("ca.crl"));
            bytes[at < 0 ? 0 : at] ^= cut ? (byte)0 : (byte)0xFF;
            File.WriteAllBytes(rig.PathOf("ca.crl"), cut ? bytes[..(at < 0 ? bytes.Length - 9 : at)] : bytes);
            File.Delete(rig.NumberPath);
        });
        rig.PublishAfter(s_hour);
        Assert.Equal(2, rig.Reasons().Count);
        Assert.Equal(3, rig.Read().Number);
    }

    [Theory]
    [InlineData(0, "signature")]
    [InlineData(1, "no signature")]
    [InlineData(2, "not that of")]
    public void Signer_that_signs_wrongly_not_at_all_or_with_another_key_leaves_the_old_set_and_the_next_number_is_another(int fault, string message)
    {
        using var rig = new IssuanceRig(options => options.DeltaInterval = s_hour);
        rig.Apply(Change.Revoked("05", rig.Now));
        rig.Publish();
        rig.PublishAfter(s_hour);
        ISigner good = rig.Signer;
        string target = new FileInfo(Path.Combine(rig.Directory, "current")).LinkTarget!;
        Dictionary<string, byte[]> before = rig.Files.ToDictionary(name => name, name => File.ReadAllBytes(rig.PathOf(name)));

        using var stranger = new CrlAuthority("CN=Stranger");
        rig.Signer = fault == 2 ? stranger.CreateSigner() : new SpoilingSigner(good, signs: fault == 0);
        rig.Apply(Change.Revoked("06", rig.Now));
        rig.Clock.Advance(s_hour);
        Exception thrown = Assert.ThrowsAny<Exception>(() => rig.Publish());
        Assert.Contains(message, thrown.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(target, new FileInfo(Path.Combine(rig.Directory, "current")).LinkTarget);
        Assert.Equal(before, rig.Files.ToDictionary(name => name, name => File.ReadAllBytes(rig.PathOf(name))));

        rig.Signer = good;
        rig.Publish();
        Assert.Equal(4, rig.Read().Number); // 3 was taken and is lost
        Assert.Equal((4, 2), (rig.Read("ca-delta.crl").Number, rig.Read("ca-delta.crl").BaseNumber));
        Assert.Equal(["05", "06"], rig.Reasons().Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["06"], rig.Reasons("ca-delta.crl").Keys);
    }

    [Fact]
    public void List_that_has_lost_entries_without_a_reason_is_refused()
    {
        using var rig = new IssuanceRig();
        rig.Apply([.. Enumerable.Range(0, 20).Select(i => Change.Revoked($"10{i:X2}", rig.Now))]);
        rig.Publish();
        rig.Restart(() => File.Delete(rig.StatePath)); // and the source has lost most of it too
        rig.Apply([.. Enumerable.Range(0, 17).Select(i => Change.Revoked($"10{i:X2}", rig.Now))]);
        rig.Clock.Advance(s_hour);
        Assert.Contains("17 entries, the one before has 20", Assert.Throws<InvalidDataException>(() => rig.Publish()).Message, StringComparison.Ordinal);
        Assert.Equal(20, rig.Reasons().Count);
        rig.Apply(Change.Revoked("1011", rig.Now)); // 2 of 20 may be missing
        rig.Publish();
        Assert.Equal(18, rig.Reasons().Count);
    }

    [Fact]
    public void Publication_that_counts_is_not_discarded()
    {
        using var temporary = new TemporaryDirectory();
        var directory = new PublishingDirectory(temporary.FullPath);
        string publication = directory.Begin(BigInteger.One);
        PublishingDirectory.Write(Path.Combine(publication, "ca.crl"), [new byte[] { 1 }]);
        directory.Switch(publication);
        directory.Discard(publication); // as after a switch that failed at its last step
        Assert.Equal(["ca.crl"], directory.ListCurrent());
        string other = directory.Begin(2);
        directory.Discard(other);
        Assert.False(Directory.Exists(other));
        Assert.Equal(1, directory.FindLastNumber());
    }

    private sealed record Sample(int Number, int Entries)
    {
        public int? BaseNumber { get; init; }

        public DateTimeOffset? ThisUpdate { get; init; }

        public IssuingDistributionPoint? Point { get; init; }

        public CrlAuthority? Authority { get; init; }

        public ISigner? Signer { get; init; }
    }

    /// <summary>A device that says it has signed, and has not; or says that it cannot.</summary>
    private sealed class SpoilingSigner(ISigner signer, bool signs) : ISigner
    {
        public X509Certificate2 Certificate => signer.Certificate;

        public SignatureAlgorithm Algorithm => signer.Algorithm;

        public bool PreHash => signer.PreHash;

        public int MaxSignatureLength => signer.MaxSignatureLength;

        public int Parallelism => 1;

        public string? Problem => null;

        public int Sign(ReadOnlySpan<byte> input, Span<byte> signature, TimeSpan timeout, SigningPriority priority)
        {
            if (!signs)
            {
                throw new SigningException("There is no signature today.") { IsTransient = true };
            }

            byte[] other = input.ToArray();
            other[0] ^= 1;
            return signer.Sign(other, signature, timeout, priority);
        }

        public void Dispose()
        {
        }
    }
}
