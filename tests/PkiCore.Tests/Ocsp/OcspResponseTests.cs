using PkiCore.Ocsp;
using PkiCore.Tests.Asn1;

namespace PkiCore.Tests.Ocsp;

/// <summary>The grammar of RFC 6960 4.2.1, a row for each way to break it.</summary>
public sealed class OcspResponseTests
{
    private const string Time = "180F32303234303531373130323033305A";
    private const string Next = $"A0({Time})";
    private const string CertId = RequestText.SomeCertId;
    private const string Good = $"30({CertId} 8000 {Time} {Next})";
    private const string ByKey = $"A2({RequestText.KeyHash})";
    private const string Data = $"30({ByKey} {Time} 30({Good}))";
    private const string Algorithm = "30(06082A8648CE3D040302)";
    private const string Signature = "03020005";
    private const string Basic = $"30({Data} {Algorithm} {Signature})";

    [Fact]
    public void Pieces_of_the_rows_make_a_response()
    {
        OcspResponse? response = OcspResponse.Parse(WithBasic(Basic));
        Assert.NotNull(response);
        OcspSingleResponse single = Assert.Single(response.Responses);
        Assert.Equal(OcspCertificateStatus.Good, single.Status);
        Assert.Equal(new DateTimeOffset(2024, 5, 17, 10, 20, 30, TimeSpan.Zero), single.NextUpdate);
        Assert.Equal("05", Convert.ToHexString(response.Signature.Span));
        Assert.Equal(DerText.Parse(Data), response.ToBeSigned.ToArray());
    }

    [Theory]
    [Requirement("RS-1", "RS-4", "T-5", "T-6")]
    [InlineData("nothing", "")]
    [InlineData("empty", "3000")]
    [InlineData("status 4 is not used", "30030A0104")]
    [InlineData("status 7", "30030A0107")]
    [InlineData("status of two octets", "30040A020001")]
    [InlineData("status is an INTEGER", "3003020101")]
    [InlineData("error with responseBytes", $"30(0A0103 A0(30({RequestText.Basic} 04({Basic}))))")]
    [InlineData("successful without responseBytes", "30030A0100")]
    [InlineData("trailing byte", "30030A010100")]
    [InlineData("trailing value inside", "30(0A0101 0500)")]
    [InlineData("another response type", $"30(0A0100 A0(30({RequestText.UnknownOid} 04({Basic}))))")]
    [InlineData("implicit instead of explicit tag", $"30(0A0100 A0({RequestText.Basic} 04({Basic})))")]
    [InlineData("trailing value in responseBytes", $"30(0A0100 A0(30({RequestText.Basic} 04({Basic}) 0500)))")]
    [InlineData("trailing value in the tag", $"30(0A0100 A0(30({RequestText.Basic} 04({Basic})) 0500))")]
    [InlineData("trailing byte in the OCTET STRING", $"30(0A0100 A0(30({RequestText.Basic} 04({Basic} 00))))")]
    [InlineData("constructed OCTET STRING", $"30(0A0100 A0(30({RequestText.Basic} 24(04({Basic})))))")]
    public void Envelope_of_another_form_is_refused(string description, string text) =>
        Assert.True(OcspResponse.Parse(DerText.Parse(text)) is null, description);

    [Theory]
    [Requirement("RS-4", "T-5", "T-9", "T-12")]
    [InlineData("no signature", $"30({Data} {Algorithm})")]
    [InlineData("signature with unused bits", $"30({Data} {Algorithm} 03020104)")]
    [InlineData("signature is an OCTET STRING", $"30({Data} {Algorithm} 040105)")]
    [InlineData("certificates without SEQUENCE", $"30({Data} {Algorithm} {Signature} A000)")]
    [InlineData("certificates under another tag", $"30({Data} {Algorithm} {Signature} A1(3000))")]
    [InlineData("a certificate that is no SEQUENCE", $"30({Data} {Algorithm} {Signature} A0(30(0500)))")]
    [InlineData("trailing value behind the certificates", $"30({Data} {Algorithm} {Signature} A0(3000) 0500)")]
    [InlineData("trailing value in the certificates' tag", $"30({Data} {Algorithm} {Signature} A0(3000 0500))")]
    public void BasicOCSPResponse_of_another_form_is_refused(string description, string basic) =>
        Assert.True(OcspResponse.Parse(WithBasic(basic)) is null, description);

    [Theory]
    [Requirement("RS-5", "RS-6", "RS-9", "T-5", "T-8", "T-12", "T-14", "T-15")]
    [InlineData("version v1 written out", $"A003020100 {ByKey} {Time} 30({Good})")]
    [InlineData("version v2", $"A003020101 {ByKey} {Time} 30({Good})")]
    [InlineData("no responderID", $"{Time} 30({Good})")]
    [InlineData("byKey with an implicit tag", $"8214{"5DD72C171C018B2FFA92C3133913689EBD82115C"} {Time} 30({Good})")]
    [InlineData("byKey of 32 octets", $"A2(0420{"5DD72C171C018B2FFA92C3133913689EBD82115C5DD72C171C018B2FFA92C313"}) {Time} 30({Good})")]
    [InlineData("byName with an implicit tag", $"A1(31(30(0603550403 0C0141))) {Time} 30({Good})")]
    [InlineData("byName and byKey", $"A1(3000) {ByKey} {Time} 30({Good})")]
    [InlineData("no producedAt", $"{ByKey} 30({Good})")]
    [InlineData("producedAt is UTCTime", $"{ByKey} 170D3234303531373130323033305A 30({Good})")]
    [InlineData("producedAt with fraction", $"{ByKey} 181132303234303531373130323033302E355A 30({Good})")]
    [InlineData("no responses", $"{ByKey} {Time}")]
    [InlineData("extensions without SEQUENCE", $"{ByKey} {Time} 30({Good}) A100")]
    [InlineData("empty extensions", $"{ByKey} {Time} 30({Good}) A1(3000)")]
    [InlineData("extensions under the request's tag", $"{ByKey} {Time} 30({Good}) A2(30({RequestText.Unknown}))")]
    [InlineData("nonce not wrapped", $"{ByKey} {Time} 30({Good}) A1(30(30({RequestText.NonceOid} 040105)))")]
    [InlineData("trailing value", $"{ByKey} {Time} 30({Good}) 0500")]
    public void ResponseData_of_another_form_is_refused(string description, string data) =>
        Assert.True(OcspResponse.Parse(WithBasic($"30(30({data}) {Algorithm} {Signature})")) is null, description);

    [Theory]
    [Requirement("RS-8", "RS-9", "T-5", "T-8", "T-12", "T-14")]
    [InlineData("good with contents", $"{CertId} 80020500 {Time}")]
    [InlineData("good with an explicit tag", $"{CertId} A0020500 {Time}")]
    [InlineData("unknown with contents", $"{CertId} 82020500 {Time}")]
    [InlineData("status [3]", $"{CertId} 8300 {Time}")]
    [InlineData("no status", $"{CertId} {Time}")]
    [InlineData("revoked with an explicit tag", $"{CertId} A1(30({Time})) {Time}")]
    [InlineData("revoked without time", $"{CertId} A1(A0030A0101) {Time}")]
    [InlineData("revoked, reason with an implicit tag", $"{CertId} A1({Time} 800101) {Time}")]
    [InlineData("revoked, reason 7 is not used", $"{CertId} A1({Time} A0030A0107) {Time}")]
    [InlineData("revoked, reason 11", $"{CertId} A1({Time} A0030A010B) {Time}")]
    [InlineData("revoked, reason is an INTEGER", $"{CertId} A1({Time} A003020101) {Time}")]
    [InlineData("revoked, trailing value", $"{CertId} A1({Time} A0030A0101 0500) {Time}")]
    [InlineData("no thisUpdate", $"{CertId} 8000")]
    [InlineData("nextUpdate with an implicit tag", $"{CertId} 8000 {Time} 800F32303234303531373130323033305A")]
    [InlineData("nextUpdate empty", $"{CertId} 8000 {Time} A000")]
    [InlineData("nextUpdate twice in its tag", $"{CertId} 8000 {Time} A0({Time}{Time})")]
    [InlineData("empty extensions", $"{CertId} 8000 {Time} {Next} A1(3000)")]
    [InlineData("extensions under another tag", $"{CertId} 8000 {Time} {Next} A2(30({RequestText.Unknown}))")]
    [InlineData("extension with critical FALSE", $"{CertId} 8000 {Time} {Next} A1(30(30({RequestText.UnknownOid} 010100 0400)))")]
    [InlineData("trailing value", $"{CertId} 8000 {Time} {Next} 0500")]
    public void SingleResponse_of_another_form_is_refused(string description, string fields) =>
        Assert.True(OcspResponse.Parse(WithSingle(fields)) is null, description);

    [Theory]
    [Requirement("RS-8", "RX-3", "OR-8")]
    [InlineData("good, no nextUpdate", $"{CertId} 8000 {Time}", OcspCertificateStatus.Good, null, false)]
    [InlineData("unknown", $"{CertId} 8200 {Time} {Next}", OcspCertificateStatus.Unknown, null, false)]
    [InlineData("revoked, no reason", $"{CertId} A1({Time}) {Time} {Next}", OcspCertificateStatus.Revoked, null, false)]
    [InlineData("revoked, reason 0 written out", $"{CertId} A1({Time} A0030A0100) {Time} {Next}", OcspCertificateStatus.Revoked, 0, false)]
    [InlineData("revoked, reason 6", $"{CertId} A1({Time} A0030A0106) {Time} {Next}", OcspCertificateStatus.Revoked, 6, false)]
    [InlineData("revoked, reason 10", $"{CertId} A1({Time} A0030A010A) {Time} {Next}", OcspCertificateStatus.Revoked, 10, false)]
    [InlineData("extension", $"{CertId} 8000 {Time} {Next} A1(30({RequestText.Unknown}))", OcspCertificateStatus.Good, null, false)]
    [InlineData("critical extension", $"{CertId} 8000 {Time} A1(30({RequestText.UnknownCritical}))", OcspCertificateStatus.Good, null, true)]
    public void SingleResponse_is_read(string description, string fields, OcspCertificateStatus status, int? reason, bool unknownCritical)
    {
        OcspResponse? response = OcspResponse.Parse(WithSingle(fields));
        Assert.True(response is not null, description);
        OcspSingleResponse single = Assert.Single(response.Responses);
        Assert.Equal(status, single.Status);
        Assert.Equal(reason, (int?)single.Reason);
        Assert.Equal(status == OcspCertificateStatus.Revoked, single.RevocationTime.HasValue);
        Assert.Equal(fields.Contains(Next, StringComparison.Ordinal), single.NextUpdate.HasValue);
        Assert.Equal(unknownCritical, single.HasUnknownCriticalExtension);
    }

    [Fact]
    public void Whatever_random_bytes_are_they_are_no_response()
    {
        var random = new Random(6960);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = new byte[random.Next(100)];
            random.NextBytes(bytes);
            Assert.Null(OcspResponse.Parse(bytes));
        }
    }

    private static byte[] WithBasic(string basic) => DerText.Parse($"30(0A0100 A0(30({RequestText.Basic} 04({basic}))))");

    private static byte[] WithSingle(string fields) => WithBasic($"30(30({ByKey} {Time} 30(30({fields}))) {Algorithm} {Signature})");
}
