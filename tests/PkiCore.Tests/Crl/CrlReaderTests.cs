using System.Numerics;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl;
using PkiCore.Tests.Asn1;
using PkiCore.X509;

namespace PkiCore.Tests.Crl;

/// <summary>A whole CRL, shape by shape; its entries are <see cref="CrlReaderEntryTests"/>.</summary>
public sealed class CrlReaderTests
{
    [Fact]
    [Requirement("CF-1", "CX-2")]
    public void Fields_are_known_before_any_entry_is_read()
    {
        byte[] encoded = new CrlText().Encode();
        using var reader = new CrlReader(new MemoryStream(encoded));
        Assert.Equal(encoded.Length, reader.Length);
        Assert.Equal(2, reader.Version);
        Assert.Equal(DerText.Parse(CrlText.OnlyIssuer), reader.IssuerName.ToArray());
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), reader.ThisUpdate);
        Assert.Equal(new DateTimeOffset(2026, 1, 8, 0, 0, 0, TimeSpan.Zero), reader.NextUpdate);
        Assert.Same(SignatureAlgorithm.RsaWithSha256, reader.Algorithm);
        Assert.Equal(DerText.Parse(CrlText.Rsa), reader.AlgorithmIdentifier.ToArray());
        Assert.Equal([0xAA, 0xBB], reader.Signature.ToArray());
        Assert.Equal(7, reader.Number);
        Assert.Null(reader.BaseNumber);
        Assert.False(reader.IsDelta);
        Assert.Null(reader.DistributionPoint);
        Assert.Null(reader.UnsupportedCriticalExtension);
        Assert.True(reader.AuthorityKeyIdentifier.IsEmpty);
        Assert.Equal(0, reader.EntryCount);
        Assert.Single(reader.Extensions.All);
    }

    [Fact]
    [Requirement("CF-3")]
    public void Version_1_has_no_extensions_and_may_lack_nextUpdate()
    {
        var text = new CrlText { Version = "", Extensions = "", Times = "17 0D 3236303130313030303030305A" };
        using var reader = new CrlReader(new MemoryStream(text.Encode()));
        Assert.Equal(1, reader.Version);
        Assert.Null(reader.NextUpdate);
        Assert.Null(reader.Number);
        Assert.Equal(1, CrlReading.Count(text.Encode()));
    }

    [Theory]
    [Requirement("CF-8")]
    [InlineData("A0(30(30(06 03 551D14 04(02 01 07))))")]
    [InlineData("")]
    public void Absent_entries_are_no_entries(string extensions) =>
        Assert.Equal(0, CrlReading.Count(new CrlText { Entries = "", Extensions = extensions }.Encode()));

    public static TheoryData<string, string, string, string> Malformed => new()
    {
        { "version 1 encoded", "Version", "02 01 00", "the version" },
        { "version 3", "Version", "02 01 02", "the version" },
        { "version padded", "Version", "02 02 0001", "the version" },
        { "extensions in version 1", "Version", "", "no version 2" },
        { "other algorithm inside", "Algorithm", "30(06 09 2A864886F70D01010C 0500)", "not the same bytes" },
        { "NULL outside only", "Algorithm", "30(06 09 2A864886F70D01010B)", "not the same bytes" },
        { "algorithm with two parameters", "Algorithm", "30(06 09 2A864886F70D01010B 0500 0500)", "AlgorithmIdentifier is malformed" },
        { "issuer a SET", "Issuer", "31(31(30(06 03 550403 0C 01 61)))", "not a Name" },
        { "issuer with an empty SET", "Issuer", "30(31())", "not a Name" },
        { "issuer with an attribute without value", "Issuer", "30(31(30(06 03 550403)))", "not a Name" },
        { "issuer missing", "Issuer", "", "not a Name" },
        { "GeneralizedTime before 2050", "Times", "18 0F 32303236303130313030303030305A", "thisUpdate" },
        { "UTCTime without seconds", "Times", "17 0B 323630313031303030305A", "thisUpdate" },
        { "UTCTime with a zone", "Times", "17 11 3236303130313030303030302B30313030", "thisUpdate" },
        { "the 30th of February", "Times", "17 0D 3236303233303030303030305A", "thisUpdate" },
        { "nextUpdate with a fraction", "Times", "17 0D 3236303130313030303030305A 18 11 32303530303130313030303030302E355A", "nextUpdate" },
        { "no times", "Times", "", "thisUpdate" },
        { "empty entries", "Entries", "3000", "revokedCertificates is empty" },
        { "entries longer than the list", "Entries", "30 820100 020105", "revokedCertificates is not" },
        { "entries of indefinite length", "Entries", "3080 0000", "revokedCertificates is not" },
        { "length in too many octets", "Entries", "30 8105 3003020105", "revokedCertificates is not" },
        { "entries twice", "Entries", $"30({CrlText.Plain}) 30({CrlText.Plain})", "the extensions" },
        { "empty extensions", "Extensions", "A0(3000)", "the extensions are empty" },
        { "empty wrapper", "Extensions", "A000", "the extensions are not" },
        { "extensions without wrapper", "Extensions", "30(30(06 03 551D14 04(02 01 07)))", "the extensions are not" },
        { "implicit extensions", "Extensions", "A0(30(06 03 551D14 04(02 01 07)))", "extension 1 is malformed" },
        { "two lists of extensions", "Extensions", "A0(30(30(06 03 551D14 04(02 01 07))) 3000)", "the extensions are not" },
        { "behind the extensions", "AfterExtensions", "0500", "the extensions are not" },
        { "extension twice", "Extensions", "A0(30(30(06 03 551D14 04(02 01 07)) 30(06 03 551D14 04(02 01 07))))", "extension 2.5.29.20 is there twice" },
        { "unknown extension twice", "Extensions", "A0(30(30(06 02 2A03 0400) 30(06 02 2A03 0400)))", "extension 1.2.3 is there twice" },
        { "critical FALSE encoded", "Extensions", "A0(30(30(06 03 551D14 010100 04(02 01 07))))", "extension 1 is malformed" },
        { "critical TRUE as 01", "Extensions", "A0(30(30(06 03 551D14 010101 04(02 01 07))))", "extension 1 is malformed" },
        { "unused bits in the signature", "Signature", "03 03 01 AABA", "the signature" },
        { "signature missing", "Signature", "", "the signature" },
        { "behind the signature", "Signature", "03 03 00 AABB 0500", "the signature" },
    };

    [Theory]
    [Requirement("CF-3", "CF-4", "CF-6", "CF-8", "CF-9", "T-5", "T-6", "T-8", "T-9", "T-12", "T-15")]
    [MemberData(nameof(Malformed))]
    public void Malformed_CRL_is_refused_with_the_place(string what, string part, string replacement, string message)
    {
        Assert.NotEmpty(what);
        CrlText text = With(new CrlText(), part, replacement);
        string actual = Assert.Throws<InvalidDataException>(() => CrlReading.Count(text.Encode())).Message;
        Assert.Matches("^The CRL: byte [0-9]+: ", actual);
        Assert.Contains(message, actual, StringComparison.Ordinal);
    }

    [Fact]
    [Requirement("T-5")]
    public void Bytes_behind_the_CRL_are_refused() =>
        Assert.Contains("bytes behind", Assert.Throws<InvalidDataException>(() => CrlReading.Count([.. new CrlText().Encode(), 0])).Message, StringComparison.Ordinal);

    [Fact]
    public void No_beginning_of_a_CRL_is_a_CRL()
    {
        byte[] encoded = new CrlText().Encode();
        Assert.All(Enumerable.Range(0, encoded.Length), length => Assert.Throws<InvalidDataException>(() => CrlReading.Count(encoded[..length])));
    }

    [Theory]
    [Requirement("CX-2", "CX-4")]
    [InlineData("551D14", "02 01 FF")] // negative
    [InlineData("551D14", "02 02 0001")]
    [InlineData("551D14", "04 01 01")]
    [InlineData("551D1B", "02 01 80")]
    [InlineData("551D1B", "02 01 01 00")]
    [InlineData("551D1C", "3000")] // CX-12
    [InlineData("551D23", "30(8000 820100 0500)")]
    [InlineData("551D23", "0401AA")]
    [InlineData("551D2E", "3000")]
    [InlineData("551D2E", "30(30(A0(A0(8601E4))))")] // not ASCII
    [InlineData("551D3C", "17 0D 3236303130313030303030305A")]
    public void Malformed_extension_is_refused(string oid, string value)
    {
        string extensions = $"A0(30({CrlText.Extension(oid, value)}))";
        string message = Assert.Throws<InvalidDataException>(() => CrlReading.Count(new CrlText { Extensions = extensions }.Encode())).Message;
        Assert.Contains("extension 2.5.29.", message, StringComparison.Ordinal);
    }

    [Fact]
    [Requirement("CX-4", "CX-17", "CX-20")]
    public void Extensions_are_read()
    {
        string point = "30(A0(A0(86(687474703A2F2F61) A4(" + CrlText.OnlyIssuer + ") 86(687474703A2F2F62))))";
        var text = new CrlText
        {
            Extensions = $"""
                A0(30({CrlText.Extension("551D14", "02 14 7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")} {CrlText.Extension("551D1B", "02 02 0080", critical: true)}
                {CrlText.Extension("551D23", "30(8003010203)")} {CrlText.Extension("551D2E", $"30({point})")}
                {CrlText.Extension("551D3C", "18 0F 32303230303130313030303030305A")} {CrlText.Extension("551D12", "3000")}))
                """.ReplaceLineEndings(" "),
        };
        using var reader = new CrlReader(new MemoryStream(text.Encode()));
        Assert.Equal(BigInteger.Pow(2, 159) - 1, reader.Number);
        Assert.Equal(128, reader.BaseNumber);
        Assert.True(reader.IsDelta);
        Assert.Equal([1, 2, 3], reader.AuthorityKeyIdentifier.ToArray());
        Assert.False(reader.Extensions.HasAuthorityIssuerAndSerial);
        Assert.Equal(["http://a", "http://b"], reader.FreshestCrl);
        Assert.Equal(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), reader.ExpiredCertsOnCrl);
        Assert.Equal([false, true, false, false, false, false], reader.Extensions.All.Select(extension => extension.IsCritical));
    }

    [Theory]
    [Requirement("CX-21")]
    [InlineData("2A0304", true, "1.2.3.4")]
    [InlineData("2A0304", false, null)]
    [InlineData("551D1B", true, null)]
    [InlineData("551D23", true, null)]
    public void Unknown_critical_extension_of_the_CRL_is_named_at_once(string oid, bool critical, string? expected)
    {
        using var reader = new CrlReader(new MemoryStream(CrlText.WithExtension(oid, oid == "551D23" ? "3000" : "02 01 01", critical).Encode()));
        Assert.Equal(expected, reader.UnsupportedCriticalExtension);
    }

    [Fact]
    public void Stream_is_read_from_its_position_and_left_open()
    {
        using var stream = new MemoryStream([1, 2, 3, .. new CrlText().Encode()]) { Position = 3 };
        using (var reader = new CrlReader(stream))
        {
            Assert.True(reader.TryRead(out _));
            Assert.False(reader.TryRead(out _));
        }

        Assert.True(stream.CanRead);
    }

    [Fact]
    public void Unknown_algorithm_is_no_fault()
    {
        const string Algorithm = "30(06 03 2A0304)";
        using var reader = new CrlReader(new MemoryStream(new CrlText { Algorithm = Algorithm, OuterAlgorithm = Algorithm }.Encode()));
        Assert.Null(reader.Algorithm);
        using X509Certificate2 issuer = X509CertificateLoader.LoadCertificate(Vectors.Bytes("xipki-crls/ca.crt"));
        Assert.False(reader.Verify(issuer));
    }

    private static CrlText With(CrlText text, string part, string value) => part switch
    {
        "Version" => text with { Version = value },
        "Algorithm" => text with { Algorithm = value },
        "Issuer" => text with { Issuer = value },
        "Times" => text with { Times = value },
        "Entries" => text with { Entries = value },
        "Extensions" => text with { Extensions = value },
        "AfterExtensions" => text with { AfterExtensions = value },
        "Signature" => text with { Signature = value },
        _ => throw new ArgumentOutOfRangeException(nameof(part)),
    };
}
