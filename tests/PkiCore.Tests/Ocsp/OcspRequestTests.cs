using PkiCore.Ocsp;
using PkiCore.Tests.Asn1;
using PkiCore.X509;
using static PkiCore.Tests.Ocsp.RequestText;

namespace PkiCore.Tests.Ocsp;

/// <summary>The grammar of RFC 6960 4.1.1, a row for each way to keep and to break it.</summary>
public sealed class OcspRequestTests
{
    private const string Name = "A1(A4(30(31(30(0603550403 0C0141)))))";
    private const string Algorithm = "30(06082A8648CE3D040302)";

    [Theory]
    [Requirement("OR-1", "OR-9", "OR-10", "OR-12", "T-12")]
    [InlineData("one certificate", $"30(30({List}))", 1, false)]
    [InlineData("two certificates", $"30(30(30({Request}{Request})))", 2, false)]
    [InlineData("requestorName without signature: a directoryName", $"30(30({Name}{List}))", 1, false)]
    [InlineData("requestorName: an rfc822Name", $"30(30(A1(8103614062){List}))", 1, false)]
    [InlineData("requestorName: a registeredID", $"30(30(A1(88022A03){List}))", 1, false)]
    [InlineData("requestExtensions", $"30(30({List}A2(30({Unknown}))))", 1, false)]
    [InlineData("singleRequestExtensions", $"30(30(30(30({SomeCertId}A0(30({Unknown}))))))", 1, false)]
    [InlineData("signed", $"30(30({Name}{List})A0(30({Algorithm}03020000)))", 1, true)]
    [InlineData("signed without requestorName, which the RFC asks of the client", $"30(30({List})A0(30({Algorithm}03020000)))", 1, true)]
    [InlineData("signed, with certificates", $"30(30({List})A0(30({Algorithm}03020000A0(30(3000)))))", 1, true)]
    [InlineData("everything", $"30(30({Name}30({Request}{Request}30({SomeCertId}A0(30({Unknown}))))A2(30({Unknown})))A0(30({Algorithm}03020000)))", 3, true)]
    public void Well_formed_request_is_read(string description, string text, int count, bool isSigned)
    {
        Assert.True(OcspRequest.TryParse(DerText.Parse(text), out OcspRequest request, out OcspRequestError error), $"{description}: {error}");
        Assert.Equal(OcspRequestError.None, error);
        Assert.Equal(count, request.CertificateCount);
        Assert.Equal(isSigned, request.IsSigned);
        Assert.True(request.IsSupported);
        Assert.True(request.Nonce.IsEmpty);
        int found = 0;
        foreach (CertId certId in request)
        {
            found++;
            Assert.Equal(CertIdHash.Sha1, certId.Hash);
            Assert.Equal(NameHash[5..], Convert.ToHexString(certId.IssuerNameHash));
            Assert.Equal(KeyHash[5..], Convert.ToHexString(certId.IssuerKeyHash));
            Assert.Equal("010001", Convert.ToHexString(certId.SerialNumber));
        }

        Assert.Equal(count, found);
    }

    [Theory]
    [Requirement("OR-1", "T-5", "T-6")]
    [InlineData("nothing", "")]
    [InlineData("an empty SEQUENCE", "3000")]
    [InlineData("a SET", $"31(30({List}))")]
    [InlineData("tbsRequest is no SEQUENCE", $"30(31({List}))")]
    [InlineData("trailing byte", $"30(30({List}))00")]
    [InlineData("a second request behind it", $"30(30({List}))30(30({List}))")]
    [InlineData("indefinite length outside", $"3080 30({List}) 0000")]
    [InlineData("indefinite length inside", $"30(3080 {List} 0000)")]
    [InlineData("shorter than its length says", "30063003300100")]
    [InlineData("HTML", "3C21444F43545950452068746D6C3E")]
    public void Other_than_one_SEQUENCE_is_no_request(string description, string text) =>
        AssertError(OcspRequestError.NotAnOcspRequest, description, DerText.Parse(text));

    [Theory]
    [Requirement("OR-2", "T-8")]
    [InlineData("v1 written out: a DEFAULT that DER leaves out (X.690 11.5)", $"A003020100 {List}")]
    [InlineData("v2", $"A003020101 {List}")]
    [InlineData("negative", $"A0030201FF {List}")]
    [InlineData("empty", $"A000 {List}")]
    public void Any_version_that_is_written_is_refused(string description, string text) =>
        AssertError(OcspRequestError.Version, description, WithToBeSigned(text));

    [Theory]
    [Requirement("OR-1", "OR-10", "T-5", "T-12")]
    [InlineData("empty", $"A100 {List}")]
    [InlineData("two names", $"A1(8103614062 8103614062) {List}")]
    [InlineData("implicit instead of explicit tag", $"A1(30(31(30(0603550403 0C0141)))) {List}")]
    [InlineData("[9] is no GeneralName", $"A1(8900) {List}")]
    [InlineData("unfinished name", $"A1(810461) {List}")]
    public void RequestorName_is_one_GeneralName(string description, string text) =>
        AssertError(OcspRequestError.RequestorName, description, WithToBeSigned(text));

    [Theory]
    [Requirement("OR-1", "OR-3", "T-5", "T-6", "T-7")]
    [InlineData("no list", "")]
    [InlineData("empty list", "3000")]
    [InlineData("empty list with extensions", $"3000 A2(30({Unknown}))")]
    [InlineData("a SET", $"31({Request})")]
    [InlineData("element is no SEQUENCE", $"30(31({SomeCertId}))")]
    [InlineData("element is empty", "30(3000)")]
    [InlineData("CertID without its Request", $"30({SomeCertId})")]
    [InlineData("second element is broken", $"30({Request} 3000)")]
    [InlineData("trailing byte in the list", $"30({Request} 00)")]
    [InlineData("CertID is empty", "30(30(3000))")]
    [InlineData("hash algorithm is empty", $"30(30(30(3000 {NameHash} {KeyHash} 020105)))")]
    [InlineData("hash algorithm is a bare identifier", $"30(30(30({Sha1} {NameHash} {KeyHash} 020105)))")]
    [InlineData("hash algorithm with two parameters", $"30(30(30(30({Sha1} 0500 0500) {NameHash} {KeyHash} 020105)))")]
    [InlineData("malformed object identifier", $"30(30(30(30(06028001 0500) {NameHash} {KeyHash} 020105)))")]
    [InlineData("no key hash", $"30(30(30(30({Sha1} 0500) {NameHash} 020105)))")]
    [InlineData("constructed OCTET STRING", $"30(30(30(30({Sha1} 0500) 24({NameHash}) {KeyHash} 020105)))")]
    [InlineData("no serial number", $"30(30(30(30({Sha1} 0500) {NameHash} {KeyHash})))")]
    [InlineData("serial number is empty", $"30(30(30(30({Sha1} 0500) {NameHash} {KeyHash} 0200)))")]
    [InlineData("serial number is not minimal", $"30(30(30(30({Sha1} 0500) {NameHash} {KeyHash} 02020001)))")]
    [InlineData("serial number is negative and not minimal", $"30(30(30(30({Sha1} 0500) {NameHash} {KeyHash} 0202FF80)))")]
    [InlineData("serial number with a longer length than needed", $"30(30(30(30({Sha1} 0500) {NameHash} {KeyHash} 02810105)))")]
    [InlineData("serial number is an OCTET STRING", $"30(30(30(30({Sha1} 0500) {NameHash} {KeyHash} 040105)))")]
    [InlineData("trailing value in the CertID", $"30(30(30(30({Sha1} 0500) {NameHash} {KeyHash} 020105 0500)))")]
    public void RequestList_has_one_Request_or_more(string description, string text) =>
        AssertError(OcspRequestError.RequestList, description, WithToBeSigned(text));

    [Theory]
    [Requirement("OR-1", "OR-9", "T-5", "T-12")]
    [InlineData("some other value", "0500")]
    [InlineData("empty", "A000")]
    [InlineData("no SEQUENCE inside: an implicit tag", $"A0({Algorithm} 03020000)")]
    [InlineData("no algorithm", "A0(30(03020000))")]
    [InlineData("no signature", $"A0(30({Algorithm}))")]
    [InlineData("signature is an OCTET STRING", $"A0(30({Algorithm} 040100))")]
    [InlineData("constructed BIT STRING", $"A0(30({Algorithm} 23(03020000)))")]
    [InlineData("certificates under another tag", $"A0(30({Algorithm} 03020000 A1(3000)))")]
    [InlineData("something behind the certificates", $"A0(30({Algorithm} 03020000 A0(3000) 0500))")]
    [InlineData("two of them", $"A0(30({Algorithm} 03020000)) A0(30({Algorithm} 03020000))")]
    [InlineData("trailing value in the tag", $"A0(30({Algorithm} 03020000) 0500)")]
    public void Signature_is_of_the_right_form_or_refused(string description, string text) =>
        AssertError(OcspRequestError.Signature, description, DerText.Parse($"30(30({List}) {text})"));

    [Theory]
    [Requirement("OR-7", "T-22")]
    [InlineData("SHA-1 with NULL", $"30({Sha1} 0500)", CertIdHash.Sha1)]
    [InlineData("SHA-1 without parameters", $"30({Sha1})", CertIdHash.Sha1)]
    [InlineData("SHA-256 with NULL", $"30({Sha256} 0500)", CertIdHash.Sha256)]
    [InlineData("SHA-256 without parameters", $"30({Sha256})", CertIdHash.Sha256)]
    [InlineData("SHA-224", "30(0609608648016503040204 0500)", CertIdHash.Sha224)]
    [InlineData("SHA-384", "30(0609608648016503040202 0500)", CertIdHash.Sha384)]
    [InlineData("SHA-512", "30(0609608648016503040203 0500)", CertIdHash.Sha512)]
    [InlineData("MD5", "30(06082A864886F70D0205 0500)", null)]
    [InlineData("SHA3-256", "30(0609608648016503040208)", null)]
    [InlineData("an identifier that means nothing", $"30({UnknownOid})", null)]
    [InlineData("SHA-1 with parameters that are not NULL", $"30({Sha1} 040101)", null)]
    public void Hash_algorithm_is_recognised_and_an_unknown_one_is_no_fault(string description, string algorithm, CertIdHash? hash)
    {
        byte[] encoded = WithToBeSigned($"30(30(30({algorithm} {NameHash} {KeyHash} 020105)))");
        Assert.True(OcspRequest.TryParse(encoded, out OcspRequest request, out _), description);
        Assert.Equal(hash, Only(request).Hash);
    }

    [Theory]
    [Requirement("T-7")]
    [InlineData("zero", "00")]
    [InlineData("negative", "FF01")]
    [InlineData("20 octets", "00FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("30 octets", "010000000000000000000000000000000000000000000000000000000000")]
    public void Odd_serial_number_is_read(string description, string serial)
    {
        byte[] encoded = WithToBeSigned($"30(30(30(30({Sha1} 0500) {NameHash} {KeyHash} 02({serial}))))");
        Assert.True(OcspRequest.TryParse(encoded, out OcspRequest request, out _), description);
        Assert.Equal(serial, Convert.ToHexString(Only(request).SerialNumber));
    }

    [Fact]
    [Requirement("OR-12")]
    public void List_is_bounded()
    {
        Assert.True(OcspRequest.TryParse(Many(32), out OcspRequest request, out _));
        Assert.Equal(32, request.CertificateCount);
        AssertError(OcspRequestError.TooManyCertificates, "33", Many(33));
        Assert.True(OcspRequest.TryParse(Many(40), out _, out _, maxCertificates: 40));
        Assert.False(OcspRequest.TryParse(Many(2), out _, out OcspRequestError error, maxCertificates: 1));
        Assert.Equal(OcspRequestError.TooManyCertificates, error);

        static byte[] Many(int count) => WithToBeSigned($"30({string.Concat(Enumerable.Repeat(Request, count))})");
    }

    [Fact]
    [Requirement("RS-12")]
    public void Prefix_of_a_CertID_is_what_stood_before_the_serial_number()
    {
        Assert.True(OcspRequest.TryParse(WithToBeSigned($"30(30(30(30({Sha1}) {NameHash} {KeyHash} 020105)))"), out OcspRequest request, out _));
        Assert.Equal(DerText.Parse($"30({Sha1}) {NameHash} {KeyHash}"), Only(request).Prefix.ToArray());
    }

    internal static CertId Only(OcspRequest request)
    {
        OcspRequest.CertIdEnumerator enumerator = request.GetEnumerator();
        Assert.True(enumerator.MoveNext());
        CertId only = enumerator.Current;
        Assert.False(enumerator.MoveNext());
        return only;
    }

    internal static void AssertError(OcspRequestError expected, string description, byte[] encoded)
    {
        Assert.False(OcspRequest.TryParse(encoded, out OcspRequest request, out OcspRequestError error), description);
        Assert.True(expected == error, $"{description}: {error}");
        Assert.Equal(0, request.CertificateCount);
    }
}
