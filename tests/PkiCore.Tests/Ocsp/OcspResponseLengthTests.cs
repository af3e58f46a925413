using System.Security.Cryptography.X509Certificates;
using PkiCore.Ocsp;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Tests.Ocsp;

/// <summary>The lengths that callers reserve are never too short.</summary>
public sealed class OcspResponseLengthTests
{
    private static readonly CertificateStatus s_longest =
        new(TestAuthority.Now, X509RevocationReason.AACompromise, TestAuthority.Now.AddDays(-1));

    private static readonly TestAuthority s_authority = new();

    [Theory]
    [InlineData(1, 72)]
    [InlineData(1, 512)]
    [InlineData(32, 512)]
    [InlineData(200, 512)]
    [InlineData(400, 49_856)]
    public void Longest_reply_fits(int count, int signatureLength)
    {
        foreach (ResponderIdKind kind in Enum.GetValues<ResponderIdKind>())
        {
            OcspResponseTemplate template = s_authority.Template(kind);
            string certId = $"30({Convert.ToHexString(s_authority.Prefix(CertIdHash.Sha512))} 021500{new string('F', 40)})";
            byte[] encoded = RequestText.WithToBeSigned($"30({string.Concat(Enumerable.Repeat($"30({certId})", count))})");
            Assert.True(OcspRequest.TryParse(encoded, out OcspRequest request, out OcspRequestError error, maxCertificates: count), error.ToString());

            byte[] extensions = new byte[OcspResponseExtensions.MaxLength];
            extensions = extensions[..OcspResponseExtensions.Write(extensions, new byte[128], extendedRevoke: true)];
            int max = template.GetMaxLength(count, signatureLength);
            byte[] buffer = new byte[max];
            int length = template.WriteToBeSigned(buffer, request, [.. Enumerable.Repeat<CertificateStatus?>(s_longest, count)], extensions);
            int written = template.Write(new byte[max], buffer.AsSpan(0, length), new byte[signatureLength]);
            Assert.InRange(written, max / 2, max);
        }
    }

    [Fact]
    public void Longest_SingleResponse_fits_and_its_length_is_known_before()
    {
        byte[] validity = new byte[36];
        byte[] serial = [0x00, .. Enumerable.Repeat((byte)0xFF, 20)];
        foreach (CertIdHash hash in Enum.GetValues<CertIdHash>())
        {
            foreach (CertificateStatus? status in (CertificateStatus?[])[null, CertificateStatus.Good, new(TestAuthority.Now), s_longest])
            {
                var single = new SingleResponse(s_authority.Prefix(hash), serial, status);
                byte[] buffer = new byte[SingleResponse.MaxLength];
                var writer = new PkiCore.Asn1.DerWriter(buffer);
                single.Write(ref writer, validity);
                Assert.Equal(single.GetEncodedLength(validity.Length), writer.Written);
            }
        }
    }

    [Fact]
    [Requirement("T-14")]
    public void Longest_extensions_fit_and_none_are_nothing()
    {
        byte[] buffer = new byte[OcspResponseExtensions.MaxLength];
        Assert.InRange(OcspResponseExtensions.Write(buffer, new byte[128], extendedRevoke: true), 1, OcspResponseExtensions.MaxLength);
        Assert.Equal(0, OcspResponseExtensions.Write([], [], extendedRevoke: false));
    }
}
