using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl.Following;
using PkiCore.Crl.Issuing;
using PkiCore.Crl;
using PkiCore.Pkcs11;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Responder.Tests.Crl;

/// <summary>What <c>openssl crl</c> and GnuTLS's <c>certtool</c> read in our CRLs, and that they verify them.</summary>
public sealed class OpenSslCrlTextTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly CrlFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("P-256", "ecdsa-with-SHA256")]
    [InlineData("P-384", "ecdsa-with-SHA384")]
    [InlineData("P-521", "ecdsa-with-SHA512")]
    [InlineData("RSA", "sha256WithRSAEncryption")]
    [InlineData("PSS", "rsassaPss")]
    [Requirement("CF-1", "CF-4", "BR-10", "T-22", "MZ-7")]
    public async Task CRL_by_every_kind_of_key_verifies(string kind, string algorithm)
    {
        using var authority = new CrlAuthority("C=DE, O=Example, CN=Kind", kind);
        string crl = _folder.Write(authority, new CrlTerms(), ("05", X509RevocationReason.KeyCompromise));
        string text = await _folder.PrintAsync(crl, authority.Certificate);
        Assert.Contains($"Signature Algorithm: {algorithm}", text, StringComparison.Ordinal);
        Assert.Contains("Key Compromise", text, StringComparison.Ordinal);
        await AssertGnuTlsVerifiesAsync(crl, authority.Certificate);
    }

    [Theory]
    [InlineData("EC:secp256r1", "ecdsa-with-SHA256")]
    [InlineData("EC:edwards25519", "ED25519")]
    [InlineData("rsa:2048", "sha256WithRSAEncryption")]
    [Requirement("T-23", "BR-10")]
    public async Task CRL_by_a_key_made_on_a_token_verifies(string kind, string algorithm)
    {
        const string Pin = "rare-Pin-4712";
        using var root = new CrlAuthority("CN=Root");
        using FaultyModule module = await FaultyModule.CreateAsync("crl", Pin, Cancellation);
        await module.Tokens.GenerateKeyAsync("crl", Pin, kind, "ca", "25", Cancellation);
        string pinPath = _folder.File("pin");
        await File.WriteAllTextAsync(pinPath, Pin + "\n", Cancellation);
        using var token = Pkcs11Token.Open($"pkcs11:token=crl;object=ca?module-path={module.ModulePath}&pin-source=file:{pinPath}");
        Pkcs11Key key = Assert.Single(token.FindKeys());
        using X509Certificate2 certificate = root.CertifyAuthority("CN=On a token", key.PublicKey!);
        using Pkcs11Signer signer = key.CreateSigner(certificate);
        string crl = _folder.Write(Issuer.FromCertificate(certificate), signer, new CrlTerms(), builder =>
        {
            for (int i = 0; i < 500; i++) // more than a token takes at once
            {
                builder.Add(CrlFolder.Serial($"40{i:X4}"), new CertificateStatus(builder.ThisUpdate.AddDays(-1), X509RevocationReason.Superseded));
            }
        });
        string text = await _folder.PrintAsync(crl, certificate);
        Assert.Contains($"Signature Algorithm: {algorithm}", text, StringComparison.Ordinal);
        Assert.Equal(500, text.Split("Superseded").Length - 1);
        await AssertGnuTlsVerifiesAsync(crl, certificate);
    }

    [Fact]
    [Requirement("CX-1", "CX-2", "CX-17", "CX-18", "CX-19", "CX-20", "CF-8")]
    public async Task Every_extension_of_a_CRL_is_read()
    {
        using var authority = new CrlAuthority("CN=Extensions");
        var altName = new SubjectAlternativeNameBuilder();
        altName.AddDnsName("ca.example");
        string crl = _folder.Write(authority, new CrlTerms
        {
            Number = 0xABCDEF,
            FreshestCrl = ["http://crl.example/delta.crl"],
            CaIssuers = ["http://crl.example/ca.cer"],
            IssuerAltName = altName.Build().RawData,
            ExpiredCertsOnCrl = new DateTimeOffset(2021, 2, 3, 4, 5, 6, TimeSpan.Zero),
        });
        string text = await _folder.PrintAsync(crl, authority.Certificate);
        Assert.DoesNotContain("critical", text, StringComparison.Ordinal);
        Assert.Contains("No Revoked Certificates.", text, StringComparison.Ordinal);
        foreach (string expected in (string[])["X509v3 CRL Number: \n                11259375", "Full Name:\n                  URI:http://crl.example/delta.crl", "CA Issuers - URI:http://crl.example/ca.cer", "DNS:ca.example", "X509v3 Authority Key Identifier: ", "20210203040506Z"])
        {
            Assert.Contains(expected.Replace("\n", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal), text.Replace("\n", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        }

        Assert.Contains("X509v3 Freshest CRL", text, StringComparison.Ordinal);
        await AssertGnuTlsVerifiesAsync(crl, authority.Certificate);
    }

    [Fact]
    [Requirement("CX-4", "CX-11", "CX-16", "T-9")]
    public async Task Scope_and_base_number_of_a_delta_CRL_are_critical_and_read()
    {
        using var authority = new CrlAuthority("CN=Scope");
        string crl = _folder.Write(authority, new CrlTerms
        {
            Number = 9,
            BaseNumber = 8,
            Point = new IssuingDistributionPoint
            {
                Uris = ["http://crl.example/a.crl", "ldap://crl.example/a"],
                OnlyContainsUserCerts = true,
                OnlySomeReasons = ReasonFlags.KeyCompromise | ReasonFlags.PrivilegeWithdrawn | ReasonFlags.AACompromise,
                IsIndirect = true,
            },
        });
        string text = await _folder.PrintAsync(crl, authority.Certificate);
        Assert.Matches(@"X509v3 Delta CRL Indicator: critical\s+8\s", text);
        Assert.Matches(@"X509v3 Issuing Distribution Point: critical", text);
        foreach (string expected in (string[])["URI:http://crl.example/a.crl", "URI:ldap://crl.example/a", "Only User Certificates", "Indirect CRL", "Key Compromise, Privilege Withdrawn, AA Compromise"])
        {
            Assert.Contains(expected, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    [Requirement("CE-1", "CE-2", "CE-4")]
    public async Task Every_reason_and_an_invalidity_date_are_read()
    {
        using var authority = new CrlAuthority("CN=Reasons");
        (X509RevocationReason Reason, string Name)[] reasons =
        [
            (X509RevocationReason.KeyCompromise, "Key Compromise"), (X509RevocationReason.CACompromise, "CA Compromise"), (X509RevocationReason.AffiliationChanged, "Affiliation Changed"),
            (X509RevocationReason.Superseded, "Superseded"), (X509RevocationReason.CessationOfOperation, "Cessation Of Operation"), (X509RevocationReason.CertificateHold, "Certificate Hold"),
            (X509RevocationReason.PrivilegeWithdrawn, "Privilege Withdrawn"), (X509RevocationReason.AACompromise, "AA Compromise"), (X509RevocationReason.RemoveFromCrl, "Remove From CRL"),
        ];
        string crl = _folder.Write(authority, new CrlTerms { BaseNumber = 6 }, builder =>
        {
            builder.Add(CrlFolder.Serial("01"), new CertificateStatus(builder.ThisUpdate.AddDays(-2)));
            foreach ((X509RevocationReason reason, _) in reasons)
            {
                builder.Add(CrlFolder.Serial($"1{(int)reason:X}"), new CertificateStatus(builder.ThisUpdate.AddDays(-1), reason, builder.ThisUpdate.AddDays(-30)));
            }
        });
        string text = await _folder.PrintAsync(crl, authority.Certificate);
        foreach ((X509RevocationReason reason, string name) in reasons)
        {
            Assert.Matches($@"Serial Number: 1{(int)reason:X}\s+Revocation Date: [^\n]+\s+CRL entry extensions:\s+X509v3 CRL Reason Code: \s+{name}\s+Invalidity Date: \s+\w", text);
        }

        Assert.Matches(@"Serial Number: 01\s+Revocation Date: [^\n]+\s+Serial Number", text); // no extensions
        Assert.Equal(9, text.Split("Invalidity Date:").Length - 1);
    }

    [Theory]
    [InlineData("00", "00")]
    [InlineData("01", "01")]
    [InlineData("0080", "80")]
    [InlineData("80", "-80")]
    [InlineData("00FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("7F00000000000000000000000000000000000001", "7F00000000000000000000000000000000000001")]
    [Requirement("CF-12", "T-7")]
    public async Task Serial_number_of_any_length_and_sign_is_read(string serial, string printed)
    {
        using var authority = new CrlAuthority("CN=Serials");
        string crl = _folder.Write(authority, new CrlTerms(), (serial, X509RevocationReason.Unspecified));
        Assert.Contains($"Serial Number: {printed}\n", await _folder.PrintAsync(crl, authority.Certificate), StringComparison.Ordinal);
        await AssertGnuTlsVerifiesAsync(crl, authority.Certificate);
    }

    [Theory]
    [InlineData("2049-12-31T23:59:59Z", "Dec 31 23:59:59 2049 GMT", DateTag.Utc, "Fri Dec 31 23:59:59 UTC 2049")]
    [InlineData("2050-01-01T00:00:00Z", "Jan  1 00:00:00 2050 GMT", DateTag.Generalized, "Sat Jan 01 00:00:00 UTC 2050")]
    [InlineData("1950-01-01T00:00:00Z", "Jan  1 00:00:00 1950 GMT", DateTag.Utc)]
    [InlineData("1949-12-31T23:59:59Z", "Dec 31 23:59:59 1949 GMT", DateTag.Generalized)]
    [Requirement("CF-6", "T-15")]
    public async Task Times_on_both_sides_of_2050_and_1950_are_read(string time, string printed, DateTag tag, string? gnuTls = null)
    {
        using var authority = new CrlAuthority("CN=Times");
        DateTimeOffset value = DateTimeOffset.Parse(time, CultureInfo.InvariantCulture);
        string crl = _folder.Write(authority, new CrlTerms { ThisUpdate = value, NextUpdate = value.AddSeconds(1) }, builder =>
            builder.Add(CrlFolder.Serial("05"), new CertificateStatus(value, X509RevocationReason.KeyCompromise, value)));
        string text = await _folder.PrintAsync(crl, authority.Certificate);
        Assert.Contains($"Last Update: {printed}", text, StringComparison.Ordinal);
        Assert.Contains($"Revocation Date: {printed}", text, StringComparison.Ordinal);
        Assert.Matches($@"Invalidity Date: \s+{printed}", text);
        ToolResult dump = await ToolProcess.RunCheckedAsync(RequiredTool.OpenSsl, ["asn1parse", "-inform", "DER", "-in", crl], s_limit, Cancellation);
        Assert.Contains(tag == DateTag.Utc ? "UTCTIME           :" : "GENERALIZEDTIME   :", dump.Output, StringComparison.Ordinal);
        if (gnuTls is not null) // certtool prints what was before 1970 as 1970, and cannot be told to verify at another time
        {
            ToolResult info = await ToolProcess.RunCheckedAsync(RequiredTool.Find("certtool"), ["--crl-info", "--inder", "--infile", crl], s_limit, Cancellation);
            Assert.Contains($"Issued: {gnuTls}", info.Output, StringComparison.Ordinal);
            Assert.Contains($"Revoked at: {gnuTls}", info.Output, StringComparison.Ordinal);
        }
    }

    /// <summary>Where the length of the list, of what is signed, or of the whole needs one more octet: 128, 256, 32768, 65536, 16777216.</summary>
    [Theory]
    [InlineData(120, 260)]
    [InlineData(32_768, 32_768)]
    [InlineData(65_536, 65_536)]
    [InlineData(16_777_216, 16_777_216)]
    [Requirement("T-27")]
    public async Task CRL_is_read_on_both_sides_of_where_its_lengths_get_longer(int from, int to)
    {
        using var authority = new CrlAuthority("CN=L");
        var terms = new CrlTerms();
        var lengths = new HashSet<int>();
        for (int target = from; target <= to; target += 70)
        {
            // Entries of 20 to 40 octets: any length of the list in between can be made.
            foreach (int list in from < 1000 ? [target, target + 8] : (int[])[target - 1, target, target - 150, target - 230])
            {
                string crl = _folder.Write(authority, terms, builder => Fill(builder, list));
                string text = await _folder.PrintAsync(crl, authority.Certificate);
                using var reader = CrlReader.Open(crl);
                Assert.True(reader.Verify(authority.Certificate));
                Assert.Equal(reader.EntryCount, text.Split("Serial Number:").Length - 1);
                lengths.Add((int)reader.Length);
                File.Delete(crl);
            }
        }

        Assert.Contains(lengths, length => length > to);
    }

    public void Dispose() => _folder.Dispose();

    public enum DateTag
    {
        Utc,
        Generalized,
    }

    /// <summary>Adds entries that are so many bytes together: of serial numbers of 4 and, at the end, more octets, without extensions.</summary>
    private static void Fill(CrlBuilder builder, int length)
    {
        const int Plain = 2 + 2 + 4 + 15;
        int count = length / Plain;
        int rest = length % Plain;
        for (int i = 0; i < count; i++)
        {
            int more = Math.Min(rest, 16);
            rest -= more;
            builder.Add(CrlFolder.Serial($"40{i:X6}{new string('1', 2 * more)}"), new CertificateStatus(builder.ThisUpdate.AddDays(-1)));
        }

        Assert.Equal(0, rest);
    }

    /// <summary>GnuTLS knows neither delta nor indirect CRLs; it reads and verifies what any CRL has.</summary>
    private async Task AssertGnuTlsVerifiesAsync(string crl, X509Certificate2 issuer)
    {
        string ca = _folder.File("ca.cer");
        await File.WriteAllBytesAsync(ca, issuer.RawData, Cancellation); // --inder is about both files
        ToolResult result = await ToolProcess.RunAsync(
            RequiredTool.Find("certtool"), ["--verify-crl", "--load-ca-certificate", ca, "--inder", "--infile", crl], s_limit, Cancellation);
        Assert.True(result.ExitCode == 0 && result.Output.Contains("Verified.", StringComparison.Ordinal), result.ToString());
    }
}
