using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Responder.Demo;
using Xunit;

namespace PkiCore.Responder.Tests.Demo;

public sealed class DemoCaTests : IDisposable
{
    private readonly DemoCaFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void ACompleteCAIsReused()
    {
        DemoCa first = _fixture.Create();
        string before = File.ReadAllText(first.CaPath);

        Assert.Equal(before, File.ReadAllText(_fixture.Create().CaPath));
        Assert.Single(Directory.GetFileSystemEntries(Path.GetDirectoryName(first.Directory)!));
    }

    [Fact]
    public void AnEmptyFolderIsFilled()
    {
        Directory.CreateDirectory(_fixture.CaDirectory);
        Assert.True(File.Exists(_fixture.Create().GoodPath));
    }

    [Theory]
    [InlineData("private/ca.key")]
    [InlineData("good.pem")]
    public void AnIncompleteCAIsRefusedNamingTheMissingFile(string missing)
    {
        DemoCa ca = _fixture.Create();
        File.Delete(Path.Combine(ca.Directory, missing));

        var error = Assert.Throws<InvalidDataException>(() => _fixture.Create());
        Assert.Contains($"missing: {missing}.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFolderOfOtherFilesIsLeftAlone()
    {
        Directory.CreateDirectory(_fixture.CaDirectory);
        File.WriteAllText(Path.Combine(_fixture.CaDirectory, "letter.txt"), "");

        var error = Assert.Throws<InvalidDataException>(() => _fixture.Create());
        Assert.Contains("holds no demonstration CA", error.Message, StringComparison.Ordinal);
        Assert.Single(Directory.GetFileSystemEntries(_fixture.CaDirectory));
    }

    [Fact]
    public void PrivateKeysAreForTheirOwnerOnly()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        DemoCa ca = _fixture.Create();
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(Owner | UnixFileMode.UserExecute, File.GetUnixFileMode(ca.Layout.Private));
        foreach (string key in Directory.GetFiles(ca.Layout.Private))
        {
            Assert.Equal(Owner, File.GetUnixFileMode(key));
        }
    }

    [Fact]
    public void TheResponderCertificateHasTheBaselineRequirementsProfile()
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(_fixture.Create().ResponderPath);
        Dictionary<string, X509Extension> extensions = certificate.Extensions.ToDictionary(one => one.Oid!.Value!, StringComparer.Ordinal);

        Assert.Equal(
            "1.3.6.1.5.5.7.48.1.5 2.5.29.14 2.5.29.15 2.5.29.35 2.5.29.37",
            string.Join(' ', extensions.Keys.Order(StringComparer.Ordinal)));
        X509Extension noCheck = extensions["1.3.6.1.5.5.7.48.1.5"];
        Assert.False(noCheck.Critical);
        Assert.Equal([0x05, 0x00], noCheck.RawData);
        Assert.True(extensions["2.5.29.15"].Critical);
        Assert.Equal(X509KeyUsageFlags.DigitalSignature, ((X509KeyUsageExtension)extensions["2.5.29.15"]).KeyUsages);
        OidCollection purposes = ((X509EnhancedKeyUsageExtension)extensions["2.5.29.37"]).EnhancedKeyUsages;
        Assert.Equal("1.3.6.1.5.5.7.3.9", Assert.Single(purposes.Cast<Oid>()).Value);
    }

    [Fact]
    public void ACertificateHasAPositive16OctetSerialAndTheOCSPAddress()
    {
        DemoCa ca = _fixture.Create(new DemoCaOptions { OcspUrl = "http://ocsp.example/" });
        DemoCertificate issued = ca.Issue("www.demo.example");
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(issued.CertificatePath);

        Assert.Equal(issued.Serial, certificate.SerialNumber);
        Assert.Equal(16, certificate.SerialNumberBytes.Length);
        Assert.InRange(certificate.SerialNumberBytes.Span[0], 0x40, 0x7F);
        X509AuthorityInformationAccessExtension access =
            certificate.Extensions.OfType<X509AuthorityInformationAccessExtension>().Single();
        Assert.Equal("http://ocsp.example/", Assert.Single(access.EnumerateOcspUris()));
        Assert.True(certificate.MatchesHostname("www.demo.example"));
        Assert.Equal(Path.Combine(ca.Directory, "newcerts", issued.Serial + ".pem"), issued.CertificatePath);
    }

    [Fact]
    public void IndexLinesAreThoseOfOpensslCa()
    {
        DemoCa ca = _fixture.Create();
        var expiry = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var time = new DateTimeOffset(2026, 6, 7, 10, 9, 10, TimeSpan.FromHours(2));
        string serial = ca.Issue("a.example", notAfter: expiry).Serial;
        Assert.Equal($"V\t300102030405Z\t\t{serial}\tunknown\t/CN=a.example", ca.ReadIndexLines()[^1]);

        ca.Revoke(serial, reason: null, time);
        Assert.Equal($"R\t300102030405Z\t260607080910Z\t{serial}\tunknown\t/CN=a.example", ca.ReadIndexLines()[^1]);

        ca.Revoke(serial, X509RevocationReason.KeyCompromise, time, invalidityDate: time.AddDays(-1));
        Assert.Equal($"R\t300102030405Z\t260607080910Z,keyTime,20260606080910Z\t{serial}\tunknown\t/CN=a.example", ca.ReadIndexLines()[^1]);

        ca.Hold(serial, time);
        Assert.Equal($"R\t300102030405Z\t260607080910Z,certificateHold\t{serial}\tunknown\t/CN=a.example", ca.ReadIndexLines()[^1]);

        ca.Unrevoke(serial);
        Assert.Equal($"V\t300102030405Z\t\t{serial}\tunknown\t/CN=a.example", ca.ReadIndexLines()[^1]);
    }

    [Theory]
    [InlineData("a\tb")]
    [InlineData("a/b")]
    [InlineData("")]
    public void ANameThatIsNotADnsNameIsRefusedAndNotListed(string name)
    {
        DemoCa ca = _fixture.Create();
        int before = ca.ReadIndexLines().Count;
        Assert.Throws<ArgumentException>(() => ca.Issue(name));
        Assert.Equal(before, ca.ReadIndexLines().Count);
    }

    [Fact]
    public void AForgedResponderDiffersInItsSignatureOnly()
    {
        DemoCa ca = _fixture.Create();
        DemoCertificate forged = ca.CreateResponder(new DemoResponderOptions { Name = "f", Faults = ResponderFaults.ForgedIssuer });
        using X509Certificate2 real = X509CertificateLoader.LoadCertificateFromFile(ca.ResponderPath);
        using X509Certificate2 fake = X509CertificateLoader.LoadCertificateFromFile(forged.CertificatePath);
        Assert.Equal(real.IssuerName.RawData, fake.IssuerName.RawData);
        Assert.Equal(real.Extensions["2.5.29.35"]!.RawData, fake.Extensions["2.5.29.35"]!.RawData);
    }

    [Fact]
    public void AnExpiryFrom2050OnIsAGeneralizedTime()
    {
        Assert.Equal("491231235959Z", IndexLine.Time(new DateTimeOffset(2049, 12, 31, 23, 59, 59, TimeSpan.Zero)));
        Assert.Equal("20500101000000Z", IndexLine.Time(new DateTimeOffset(2050, 1, 1, 0, 0, 0, TimeSpan.Zero)));
    }

    [Fact]
    public void AReasonThatAnIndexCannotHoldIsRefused()
    {
        DemoCa ca = _fixture.Create();
        string serial = ca.IssueMany(1)[0];
        Assert.Throws<ArgumentOutOfRangeException>(() => ca.Revoke(serial, X509RevocationReason.PrivilegeWithdrawn));
    }

    [Fact]
    public void RevokingWhatIsNotListedIsRefused()
    {
        DemoCa ca = _fixture.Create();
        Assert.Throws<ArgumentException>(() => ca.Revoke("01", X509RevocationReason.Superseded));
    }

    [Fact]
    public void AHundredThousandEntriesAreListedAndRevokedAtOnce()
    {
        DemoCa ca = _fixture.Create();
        int before = ca.ReadIndexLines().Count;
        IReadOnlyList<string> serials = ca.IssueMany(100_000);
        ca.RevokeMany([.. serials.Take(1000)], X509RevocationReason.Superseded);

        IReadOnlyList<string> lines = ca.ReadIndexLines();
        Assert.Equal(before + 100_000, lines.Count);
        Assert.Equal(100_000, serials.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(1000, lines.Skip(before).Count(line => line.StartsWith('R')));
    }

    [Fact]
    public void AReaderOfTheIndexNeverSeesAPartOfIt()
    {
        DemoCa ca = _fixture.Create();
        ca.IssueMany(20_000);
        int expected = ca.ReadIndexLines().Count;
        string serial = ca.IssueMany(1)[0];
        Task writer = Task.Run(() =>
        {
            for (int i = 0; i < 20; i++)
            {
                ca.Hold(serial);
                ca.Unrevoke(serial);
            }
        }, TestContext.Current.CancellationToken);

        while (!writer.IsCompleted)
        {
            string text = File.ReadAllText(ca.IndexPath);
            Assert.Equal(expected + 1, text.Count(c => c == '\n'));
        }

        Assert.True(writer.IsCompletedSuccessfully);
    }
}
