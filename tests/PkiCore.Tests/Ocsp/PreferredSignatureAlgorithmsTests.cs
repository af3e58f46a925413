using Org.BouncyCastle.Asn1;
using PkiCore.Ocsp;
using PkiCore.X509;
using static PkiCore.Tests.Ocsp.RequestText;

namespace PkiCore.Tests.Ocsp;

/// <summary>Which algorithm a client's preference means (RFC 6960 4.4.7.1).</summary>
[Requirement("OX-7")]
public sealed class PreferredSignatureAlgorithmsTests
{
    private const string Pss = "06092A864886F70D01010A";

    public static TheoryData<string> Names => [.. SignatureAlgorithm.All.Select(algorithm => algorithm.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_algorithm_is_meant_by_its_own_identifier_and_by_no_other(string name)
    {
        SignatureAlgorithm preferred = SignatureAlgorithm.All.Single(algorithm => algorithm.Name == name);
        Assert.Equal([preferred], MeantBy(Convert.ToHexString(preferred.Encoded)));
    }

    [Theory]
    [InlineData("ECDSA with NULL as parameters", "06082A8648CE3D040302 0500", "ecdsa-with-SHA256")]
    [InlineData("RSA without parameters", "06092A864886F70D01010B", "sha256WithRSAEncryption")]
    [InlineData("PSS without parameters", Pss, "RSASSA-PSS-SHA256", "RSASSA-PSS-SHA384", "RSASSA-PSS-SHA512")]
    [InlineData("PSS with the hash alone, without its NULL", $"{Pss} 30(A0(30(0609608648016503040202)))", "RSASSA-PSS-SHA384")]
    [InlineData("PSS with another salt", $"{Pss} 30(A0(30(0609608648016503040203 0500)) A203020114)", "RSASSA-PSS-SHA512")]
    [InlineData("PSS with the default hash, SHA-1", $"{Pss} 3000")]
    [InlineData("PSS with parameters that are none", $"{Pss} 0500")]
    [InlineData("SHA-1 with RSA", "06092A864886F70D010105 0500")]
    [InlineData("nobody knows", "06032A0304 0500")]
    public void Parameters_do_not_matter_but_for_the_hash_of_PSS(string description, string identifier, params string[] expected)
    {
        Assert.NotEmpty(description);
        Assert.Equal(expected, MeantBy($"30({identifier})").Select(algorithm => algorithm.Name));
    }

    [Fact]
    public void Key_algorithm_is_read_over() =>
        Assert.Equal([SignatureAlgorithm.EcdsaWithSha256], MeantBy("30(06082A8648CE3D040302) 30(06072A8648CE3D0201 06082A8648CE3D030107)"));

    [Fact]
    public void What_BouncyCastle_writes_is_read_in_its_order()
    {
        byte[] value = new DerSequence(
            new DerSequence(new DerSequence(new DerObjectIdentifier("1.2.840.113549.1.1.11"), DerNull.Instance)),
            new DerSequence(new DerSequence(new DerObjectIdentifier("1.2.840.10045.4.3.2")), new DerSequence(new DerObjectIdentifier("1.2.840.10045.2.1")))).GetDerEncoded();
        Assert.True(PreferredSignatureAlgorithms.TryRead(value, out PreferredSignatureAlgorithms preferred));
        var found = new List<SignatureAlgorithm>();
        foreach (PreferredSignatureAlgorithm one in preferred)
        {
            foreach (SignatureAlgorithm algorithm in SignatureAlgorithm.All)
            {
                found.AddRange(one.Matches(algorithm) ? [algorithm] : []);
            }
        }

        Assert.Equal([SignatureAlgorithm.RsaWithSha256, SignatureAlgorithm.EcdsaWithSha256], found);
    }

    [Fact]
    [Requirement("T-8")]
    public void Reading_and_matching_allocates_nothing()
    {
        byte[] encoded = WithExtensions($"30({PreferredAlgorithmsOid} 04(30(30(30({Pss} 30(A0(30(0609608648016503040202))))) 30(30(06082A8648CE3D040302)))))");
        int matches = 0;
        AllocationBudget.Assert("parse a request for one certificate", () =>
        {
            Assert.True(OcspRequest.TryParse(encoded, out OcspRequest request, out _));
            matches = 0;
            foreach (PreferredSignatureAlgorithm one in request.PreferredAlgorithms)
            {
                matches += one.Matches(SignatureAlgorithm.RsaPssWithSha384) || one.Matches(SignatureAlgorithm.EcdsaWithSha256) ? 1 : 0;
            }
        });
        Assert.Equal(2, matches);
    }

    private static List<SignatureAlgorithm> MeantBy(string fields)
    {
        Assert.True(OcspRequest.TryParse(WithExtensions($"30({PreferredAlgorithmsOid} 04(30(30({fields}))))"), out OcspRequest request, out _));
        var found = new List<SignatureAlgorithm>();
        foreach (PreferredSignatureAlgorithm preferred in request.PreferredAlgorithms)
        {
            foreach (SignatureAlgorithm algorithm in SignatureAlgorithm.All)
            {
                found.AddRange(preferred.Matches(algorithm) ? [algorithm] : []);
            }
        }

        return found;
    }
}
