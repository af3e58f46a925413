using PkiCore.Ocsp;
using static PkiCore.Tests.Ocsp.OcspRequestTests;
using static PkiCore.Tests.Ocsp.RequestText;

namespace PkiCore.Tests.Ocsp;

public sealed class OcspRequestExtensionsTests
{
    [Theory]
    [Requirement("OX-1", "OX-2", "T-13")]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(127)]
    [InlineData(128)]
    public void Nonce_is_unwrapped_from_both_octet_strings(int length)
    {
        OcspRequest request = Parse(WithExtensions(Nonce(length)));
        Assert.Equal(Enumerable.Range(0, length).Select(i => (byte)i), request.Nonce.ToArray());
        Assert.True(request.IsSupported);
    }

    [Fact]
    [Requirement("OX-1")]
    public void Nonce_in_the_form_of_the_example_in_RFC_9654_is_read()
    {
        // RFC 9654 2.1: the identifier, 04 22, 04 20, 32 octets
        string nonce = "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F";
        OcspRequest request = Parse(WithExtensions($"302F {NonceOid} 0422 0420 {nonce}"));
        Assert.Equal(nonce, Convert.ToHexString(request.Nonce));
    }

    [Theory]
    [Requirement("OX-1", "OX-2", "T-13")]
    [InlineData("of no octets", $"30({NonceOid} 04020400)")]
    [InlineData("unwrapped, as old clients send it", $"30({NonceOid} 0410000102030405060708090A0B0C0D0E0F)")]
    [InlineData("wrapped in an INTEGER", $"30({NonceOid} 0403020105)")]
    [InlineData("extnValue is empty", $"30({NonceOid} 0400)")]
    [InlineData("trailing byte behind the inner OCTET STRING", $"30({NonceOid} 040404010500)")]
    [InlineData("inner length too long", $"30({NonceOid} 0403040205)")]
    [InlineData("inner OCTET STRING constructed", $"30({NonceOid} 04(24(040105)))")]
    public void Nonce_of_another_form_is_refused(string description, string extension) =>
        AssertError(OcspRequestError.Nonce, description, WithExtensions(extension));

    [Theory]
    [Requirement("OX-2", "T-13")]
    [InlineData(129)]
    [InlineData(1000)]
    public void Nonce_over_128_octets_is_refused(int length) =>
        AssertError(OcspRequestError.Nonce, $"{length} octets", WithExtensions(Nonce(length)));

    [Fact]
    [Requirement("T-13")]
    public void Nonce_twice_is_refused() =>
        AssertError(OcspRequestError.Extensions, "the same", WithExtensions(Nonce(16) + Unknown + Nonce(16)));

    [Fact]
    [Requirement("T-13")]
    public void Nonce_in_singleRequestExtensions_is_no_nonce()
    {
        OcspRequest request = Parse(WithSingleExtensions(Nonce(16)));
        Assert.True(request.Nonce.IsEmpty);
        Assert.True(request.IsSupported);
    }

    [Theory]
    [Requirement("OR-8", "OX-5", "OX-6")]
    [InlineData("unknown, not critical", Unknown, true)]
    [InlineData("unknown, critical", UnknownCritical, false)]
    [InlineData("unknown, both", $"{Unknown} 30(06032A0305 0101FF 0400)", false)]
    [InlineData("nonce, critical", $"30({NonceOid} 0101FF 0404 0402 AABB)", true)]
    [InlineData("acceptableResponses with basic", $"30({AcceptableResponsesOid} 04(30({Basic})))", true)]
    [InlineData("acceptableResponses with basic, critical", $"30({AcceptableResponsesOid} 0101FF 04(30({Basic})))", true)]
    [InlineData("acceptableResponses with basic as the last", $"30({AcceptableResponsesOid} 04(30({UnknownOid} {Basic})))", true)]
    [InlineData("acceptableResponses without basic", $"30({AcceptableResponsesOid} 04(30({UnknownOid})))", false)]
    [InlineData("acceptableResponses without any", $"30({AcceptableResponsesOid} 04(3000))", false)]
    [InlineData("preferredSignatureAlgorithms, critical", $"30({PreferredAlgorithmsOid} 0101FF 04(30(30(30(06082A8648CE3D040302)))))", true)]
    [InlineData("serviceLocator in the wrong place, critical", $"30({ServiceLocatorOid} 0101FF 0400)", false)]
    public void Request_extension_is_known_ignored_or_a_reason_not_to_answer(string description, string extensions, bool supported)
    {
        OcspRequest request = Parse(WithExtensions(extensions));
        Assert.True(supported == request.IsSupported, description);
    }

    [Theory]
    [Requirement("OX-7", "T-12")]
    [InlineData("empty", "")]
    [InlineData("no SEQUENCE", "0500")]
    [InlineData("an OID in place of an AlgorithmIdentifier", "30(30(06082A8648CE3D040302))")]
    [InlineData("AlgorithmIdentifier without an OID", "30(30(30(0500)))")]
    [InlineData("AlgorithmIdentifier with two parameters", "30(30(30(06082A8648CE3D040302 0500 0500)))")]
    [InlineData("no AlgorithmIdentifier", "30(3000)")]
    [InlineData("three fields", "30(30(30(06082A8648CE3D040302) 30(06072A8648CE3D0201) 0500))")]
    [InlineData("second field is no SMIMECapability", "30(30(30(06082A8648CE3D040302) 0500))")]
    [InlineData("bytes behind it", "3000 0500")]
    [InlineData("the last one is wrong", "30(30(30(06082A8648CE3D040302)) 0500)")]
    [InlineData("indefinite length", "3080 0000")]
    public void Malformed_preferredSignatureAlgorithms_are_refused(string description, string value) =>
        AssertError(OcspRequestError.Extensions, description, WithExtensions($"30({PreferredAlgorithmsOid} 04({value}))"));

    [Theory]
    [Requirement("OX-7")]
    [InlineData(0, true)]
    [InlineData(32, true)]
    [InlineData(33, false)]
    public void As_many_preferred_algorithms_are_read_as_anybody_needs(int count, bool accepted)
    {
        byte[] encoded = WithExtensions($"30({PreferredAlgorithmsOid} 04(30({string.Concat(Enumerable.Repeat("30(30(06082A8648CE3D040302))", count))})))");
        Assert.Equal(accepted, OcspRequest.TryParse(encoded, out OcspRequest request, out _));
        Assert.Equal(accepted ? count : 0, Count(request.PreferredAlgorithms));
        Assert.Equal(count == 0 || !accepted, request.PreferredAlgorithms.IsEmpty);
    }

    [Theory]
    [Requirement("OR-8", "OX-6")]
    [InlineData("unknown, not critical", Unknown, true)]
    [InlineData("unknown, critical", UnknownCritical, false)]
    [InlineData("serviceLocator", $"30({ServiceLocatorOid} 04(30(3000)))", true)]
    [InlineData("serviceLocator, critical", $"30({ServiceLocatorOid} 0101FF 04(30(3000)))", true)]
    [InlineData("nonce in the wrong place, critical", $"30({NonceOid} 0101FF 0404 0402 AABB)", false)]
    [InlineData("the same twice: nothing of it is used", $"{Unknown} {Unknown}", true)]
    public void Single_extension_is_known_ignored_or_a_reason_not_to_answer(string description, string extensions, bool supported)
    {
        OcspRequest request = Parse(WithSingleExtensions(extensions));
        Assert.True(supported == request.IsSupported, description);
    }

    [Theory]
    [Requirement("OR-8")]
    [InlineData("first", 0)]
    [InlineData("last", 2)]
    public void Critical_extension_of_any_certificate_counts(string description, int place)
    {
        string[] requests = [Request, Request, Request];
        requests[place] = $"30({SomeCertId} A0(30({UnknownCritical})))";
        OcspRequest request = Parse(WithToBeSigned($"30({string.Concat(requests)})"));
        Assert.False(request.IsSupported, description);
        Assert.Equal(3, request.CertificateCount);
    }

    [Theory]
    [Requirement("T-5", "T-8", "T-12", "T-14")]
    [InlineData("empty", "")]
    [InlineData("element is no SEQUENCE", "0500")]
    [InlineData("element is empty", "3000")]
    [InlineData("no value", $"30({UnknownOid})")]
    [InlineData("value is no OCTET STRING", $"30({UnknownOid} 030100)")]
    [InlineData("value is a constructed OCTET STRING", $"30({UnknownOid} 2400)")]
    [InlineData("critical FALSE written out", $"30({UnknownOid} 010100 0400)")]
    [InlineData("critical 01", $"30({UnknownOid} 010101 0400)")]
    [InlineData("critical without contents", $"30({UnknownOid} 0100 0400)")]
    [InlineData("critical behind the value", $"30({UnknownOid} 0400 0101FF)")]
    [InlineData("trailing value in the extension", $"30({UnknownOid} 0400 0500)")]
    [InlineData("malformed object identifier", "30(06028001 0400)")]
    [InlineData("trailing byte behind the last", $"{Unknown} 00")]
    public void Malformed_extensions_are_refused_in_both_places(string description, string extensions)
    {
        AssertError(OcspRequestError.Extensions, description, WithExtensions(extensions));
        AssertError(OcspRequestError.Extensions, description, WithSingleExtensions(extensions));
    }

    [Theory]
    [Requirement("OX-5", "T-5")]
    [InlineData("acceptableResponses is no SEQUENCE", $"30({AcceptableResponsesOid} 04({Basic}))")]
    [InlineData("acceptableResponses holds something else", $"30({AcceptableResponsesOid} 04(30({Basic} 0500)))")]
    [InlineData("acceptableResponses has a trailing byte", $"30({AcceptableResponsesOid} 04(30({Basic})00))")]
    [InlineData("unknown extension twice", $"{Unknown} {Unknown}")]
    [InlineData("twice, the second critical", $"{Unknown} {UnknownCritical}")]
    public void Malformed_or_repeated_request_extension_is_refused(string description, string extensions) =>
        AssertError(OcspRequestError.Extensions, description, WithExtensions(extensions));

    [Theory]
    [Requirement("OR-1", "T-5", "T-12", "T-14")]
    [InlineData("tag without contents", $"{List} A200")]
    [InlineData("implicit instead of explicit tag", $"{List} A2({Unknown})")]
    [InlineData("another tag", $"{List} A1(30({Unknown}))")]
    [InlineData("no tag", $"{List} 30({Unknown})")]
    [InlineData("trailing value in the tag", $"{List} A2(30({Unknown}) 0500)")]
    [InlineData("trailing value in tbsRequest", $"{List} A2(30({Unknown})) 0500")]
    [InlineData("twice", $"{List} A2(30({Unknown})) A2(30({Unknown}))")]
    [InlineData("single: tag without contents", $"30(30({SomeCertId} A000))")]
    [InlineData("single: implicit instead of explicit tag", $"30(30({SomeCertId} A0({Unknown})))")]
    [InlineData("single: another tag", $"30(30({SomeCertId} A1(30({Unknown}))))")]
    [InlineData("single: trailing value in the Request", $"30(30({SomeCertId} A0(30({Unknown})) 0500))")]
    [InlineData("single: NULL instead", $"30(30({SomeCertId} 0500))")]
    public void Extensions_stand_in_their_explicit_tag_alone(string description, string toBeSigned) =>
        AssertError(OcspRequestError.Extensions, description, WithToBeSigned(toBeSigned));

    [Fact]
    public void Number_of_extensions_is_bounded()
    {
        static string Many(int count) => string.Concat(Enumerable.Range(1, count).Select(i => $"30(06022A{i:X2} 0400)"));
        Assert.True(Parse(WithExtensions(Many(32))).IsSupported);
        Assert.True(Parse(WithSingleExtensions(Many(32))).IsSupported);
        AssertError(OcspRequestError.Extensions, "33", WithExtensions(Many(33)));
        AssertError(OcspRequestError.Extensions, "33", WithSingleExtensions(Many(33)));
    }

    private static OcspRequest Parse(byte[] encoded)
    {
        Assert.True(OcspRequest.TryParse(encoded, out OcspRequest request, out OcspRequestError error), error.ToString());
        return request;
    }

    private static int Count(PreferredSignatureAlgorithms preferred)
    {
        int count = 0;
        foreach (PreferredSignatureAlgorithm _ in preferred)
        {
            count++;
        }

        return count;
    }
}
