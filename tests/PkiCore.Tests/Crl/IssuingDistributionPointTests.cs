using PkiCore.Crl;
using PkiCore.Tests.Asn1;

namespace PkiCore.Tests.Crl;

public sealed class IssuingDistributionPointTests
{
    private const string Folder = "boringssl-fuzz-named/crl_parse_issuing_distribution_point_fuzzer_corpus/";
    private const string Uri = "http://example.com/foo.crl";

    [Theory]
    [Requirement("CX-11", "CX-16", "T-9", "T-12")]
    [InlineData("idp_with_distributionPoint_fullName_uri")]
    [InlineData("idp_with_dpname_onlyca_reasons_and_indirectcrl")]
    [InlineData("idp_with_indirectCrl")]
    [InlineData("idp_with_onlyContainsAttributeCerts")]
    [InlineData("idp_with_onlyContainsCaCerts")]
    [InlineData("idp_with_onlyContainsUserCerts")]
    [InlineData("idp_with_onlySomeReasons")]
    public void What_was_read_is_written_again(string name)
    {
        byte[] encoded = Vectors.Bytes(Folder + name);
        IssuingDistributionPoint point = Read(encoded);
        Assert.Equal(encoded, point.Encoded.ToArray());
        IssuingDistributionPoint copy = point with { };
        Assert.True(copy.Encoded.IsEmpty);
        Assert.Equal(encoded, copy.GetEncoding().ToArray());
        Assert.Equal(point, copy);
        Assert.Equal(point.GetHashCode(), copy.GetHashCode());
    }

    [Fact]
    [Requirement("CX-16")]
    public void Fields_are_those_of_the_vector()
    {
        IssuingDistributionPoint point = Read(Vectors.Bytes(Folder + "idp_with_dpname_onlyca_reasons_and_indirectcrl"));
        Assert.Equal([Uri], point.Uris);
        Assert.True(point.HasDistributionPoint);
        Assert.True(point.OnlyContainsCACerts);
        Assert.False(point.OnlyContainsUserCerts);
        Assert.False(point.OnlyContainsAttributeCerts);
        Assert.True(point.IsIndirect);
        Assert.Equal((ReasonFlags)0x1F9, point.OnlySomeReasons); // 9F 80: bits 0, 3 to 8
        Assert.True(Read(Vectors.Bytes(Folder + "idp_with_onlyContainsAttributeCerts")).OnlyContainsAttributeCerts);
    }

    [Fact]
    [Requirement("CX-11", "T-12")]
    public void Name_relative_to_the_issuer_is_implicit()
    {
        // as in RFC 5280 and in PKITS; the vector has it explicit, around the SET
        Assert.NotNull(IssuingDistributionPoint.TryRead(Vectors.Bytes(Folder + "idp_with_distributionPoint_nameRelativeToCRLIssuer"), out _));
        IssuingDistributionPoint relative = Read(DerText.Parse("30(A0(A1(30(06 03 550406 13 02 5553))))"));
        Assert.True(relative.HasDistributionPoint);
        Assert.Empty(relative.Uris);
    }

    [Theory]
    [Requirement("CX-11", "CX-12", "CX-16", "T-5", "T-8", "T-9", "T-12")]
    [InlineData("3000")]
    [InlineData("")]
    [InlineData("30(8401FF) 00")]
    [InlineData("31(8401FF)")]
    [InlineData("30(840100)")] // an encoded default
    [InlineData("30(840101)")]
    [InlineData("30(8400)")]
    [InlineData("30(A4030101FF)")] // explicit where it is implicit
    [InlineData("30(8101FF 8201FF)")]
    [InlineData("30(8101FF 8501FF)")]
    [InlineData("30(8201FF 8101FF)")] // out of order
    [InlineData("30(8101FF 8101FF)")]
    [InlineData("30(8601FF)")]
    [InlineData("30(A000)")]
    [InlineData("30(A0(A000))")]
    [InlineData("30(A0(8601 61))")] // implicit where it is explicit
    [InlineData("30(A0(A0(8601 FF)))")]
    [InlineData("30(A0(A0(8901 61)))")]
    [InlineData("30(A0(A0(8601 61) A0(8601 61)))")]
    [InlineData("30(A0(A2(8601 61)))")]
    [InlineData("30(8300)")]
    [InlineData("30(830101)")]
    [InlineData("30(83020640 00)")]
    [InlineData("30(83020540)")] // a zero at the end
    [InlineData("30(83020860)")]
    [InlineData("30(8304050000 20)")] // more bits than there are reasons
    [InlineData("30(830306FF40)")]
    public void Malformed_or_contradicting_one_is_refused(string text)
    {
        Assert.NotNull(IssuingDistributionPoint.TryRead(DerText.Parse(text), out IssuingDistributionPoint? point));
        Assert.Null(point);
    }

    [Fact]
    [Requirement("CX-11", "CX-16")]
    public void Made_one_is_read_as_it_was_made()
    {
        ReasonFlags[] reasons = [ReasonFlags.None, ReasonFlags.KeyCompromise, ReasonFlags.PrivilegeWithdrawn, ReasonFlags.AACompromise, (ReasonFlags)0x1FF];
        foreach (ReasonFlags some in reasons)
        {
            var made = new IssuingDistributionPoint { Uris = [Uri, "ldap://b/c"], OnlyContainsUserCerts = true, OnlySomeReasons = some };
            IssuingDistributionPoint read = Read(made.GetEncoding().ToArray());
            Assert.Equal(made, read);
            Assert.Equal(made.Uris, read.Uris);
            Assert.Equal(some, read.OnlySomeReasons);
            Assert.True(read.OnlyContainsUserCerts);
        }

        Assert.Equal(DerText.Parse("30(83 01 00)"), new IssuingDistributionPoint { OnlySomeReasons = ReasonFlags.None }.GetEncoding().ToArray()); // T-9
        Assert.Equal(DerText.Parse("30(83 02 0640)"), new IssuingDistributionPoint { OnlySomeReasons = ReasonFlags.KeyCompromise }.GetEncoding().ToArray());
    }

    [Fact]
    public void Changed_copy_is_another_scope()
    {
        IssuingDistributionPoint point = Read(Vectors.Bytes(Folder + "idp_with_distributionPoint_fullName_uri"));
        IssuingDistributionPoint changed = point with { OnlyContainsUserCerts = true };
        Assert.NotEqual(point, changed);
        Assert.True(Read(changed.GetEncoding().ToArray()).OnlyContainsUserCerts);
    }

    private static IssuingDistributionPoint Read(byte[] encoded)
    {
        Assert.Null(IssuingDistributionPoint.TryRead(encoded, out IssuingDistributionPoint? point));
        return point!;
    }
}
