using System.Security.Cryptography;
using PkiCore.X509;

namespace PkiCore.Tests.X509;

public sealed class SignatureAlgorithmTests
{
    public static TheoryData<string, SignatureAlgorithm> All() => new()
    {
        { "300D06092A864886F70D01010B0500", SignatureAlgorithm.RsaWithSha256 },
        { "300D06092A864886F70D01010C0500", SignatureAlgorithm.RsaWithSha384 },
        { "300D06092A864886F70D01010D0500", SignatureAlgorithm.RsaWithSha512 },
        { "300A06082A8648CE3D040302", SignatureAlgorithm.EcdsaWithSha256 },
        { "300A06082A8648CE3D040303", SignatureAlgorithm.EcdsaWithSha384 },
        { "300A06082A8648CE3D040304", SignatureAlgorithm.EcdsaWithSha512 },
        { Pss("01", "20"), SignatureAlgorithm.RsaPssWithSha256 },
        { Pss("02", "30"), SignatureAlgorithm.RsaPssWithSha384 },
        { Pss("03", "40"), SignatureAlgorithm.RsaPssWithSha512 },
        { "300506032B6570", SignatureAlgorithm.Ed25519 },
    };

    [Theory]
    [Requirement("BR-10", "T-22")]
    [MemberData(nameof(All))]
    public void Encoded_byte_by_byte_as_the_Baseline_Requirements_want_it(string hex, SignatureAlgorithm algorithm)
    {
        ArgumentNullException.ThrowIfNull(algorithm);
        Assert.Equal(hex, Convert.ToHexString(algorithm.Encoded));
        Assert.Same(algorithm, SignatureAlgorithm.Find(Convert.FromHexString(hex)));
    }

    [Theory]
    [Requirement("T-22")]
    [InlineData("RSA without parameters is taken as with NULL", "300B06092A864886F70D01010B", "sha256WithRSAEncryption")]
    [InlineData("SHA-1 is read", "300D06092A864886F70D0101050500", "sha1WithRSAEncryption")]
    [InlineData("SHA-1 without parameters is read", "300B06092A864886F70D010105", "sha1WithRSAEncryption")]
    [InlineData("ECDSA with NULL is refused (RFC 5758 3.2)", "300C06082A8648CE3D0403020500", null)]
    [InlineData("RSA with another parameter", "300E06092A864886F70D01010B020101", null)]
    [InlineData("RSA with a long NULL", "300E06092A864886F70D01010B058100", null)]
    [InlineData("RSA with two NULLs", "300F06092A864886F70D01010B05000500", null)]
    [InlineData("ECDSA with SHA-1", "300906072A8648CE3D0401", null)]
    [InlineData("MD5 with RSA", "300D06092A864886F70D0101040500", null)]
    [InlineData("RSA-PSS without parameters: SHA-1 throughout", "300B06092A864886F70D01010A", null)]
    [InlineData("Ed25519", "300506032B6570", "Ed25519")]
    [InlineData("Ed25519 with NULL is refused (RFC 8410 3)", "300706032B65700500", null)]
    [InlineData("ML-DSA-44: not supported in this version", "300B0609608648016503040311", null)]
    [InlineData("empty SEQUENCE", "3000", null)]
    [InlineData("nothing", "", null)]
    public void Found_by_its_encoding(string description, string hex, string? name)
    {
        Assert.NotEmpty(description);
        Assert.Equal(name, SignatureAlgorithm.Find(Convert.FromHexString(hex))?.Name);
    }

    [Fact]
    [Requirement("RS-19", "OX-9")]
    public void Suits_the_key_and_is_never_SHA1()
    {
        using var p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var p521 = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        using var rsa = RSA.Create(2048);
        Assert.Same(SignatureAlgorithm.EcdsaWithSha256, SignatureAlgorithm.ForKey(p256));
        Assert.Same(SignatureAlgorithm.EcdsaWithSha384, SignatureAlgorithm.ForKey(p384));
        Assert.Same(SignatureAlgorithm.EcdsaWithSha512, SignatureAlgorithm.ForKey(p521));
        Assert.Same(SignatureAlgorithm.RsaWithSha256, SignatureAlgorithm.ForKey(rsa));
        Assert.Equal(
            [HashAlgorithmName.SHA256, HashAlgorithmName.SHA384, HashAlgorithmName.SHA512],
            new[] { p256, p384, p521 }.Select(key => SignatureAlgorithm.ForKey(key).Hash));
    }

    [Fact]
    public void Weak_and_foreign_keys_cannot_sign()
    {
        using var weak = RSA.Create(1024);
        using var exchange = ECDiffieHellman.Create();
        Assert.Throws<ArgumentException>(() => SignatureAlgorithm.ForKey(weak));
        Assert.Throws<ArgumentException>(() => SignatureAlgorithm.ForKey(exchange));
        Assert.Throws<ArgumentNullException>(() => SignatureAlgorithm.ForKey(null!));
    }

    /// <summary>RFC 4055 3.1: hash, MGF1 with the same hash, salt length.</summary>
    private static string Pss(string hash, string saltLength)
    {
        string digest = $"300D06096086480165030402{hash}0500";
        return $"304106092A864886F70D01010A3034A00F{digest}A11C301A06092A864886F70D010108{digest}A2030201{saltLength}";
    }
}
