using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Ocsp;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Ocsp;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;
using PkiCore.Ocsp;
using PkiCore.X509;
using CertificateStatus = PkiCore.Status.CertificateStatus;

namespace PkiCore.Tests.Ocsp;

/// <summary>One certificate's answer, as input for BouncyCastle and for us.</summary>
internal sealed record Answer(CertIdHash Hash, byte[] Serial, CertificateStatus? Status);

/// <summary>Makes with BouncyCastle the response that ours has to equal; RSA signatures make whole responses comparable.</summary>
internal sealed class BouncyCastleResponses(TestAuthority authority)
{
    private readonly X509CertificateParser _parser = new();

    public byte[] Make(ResponderIdKind kind, bool withCertificate, DateTimeOffset producedAt, byte[] nonce, bool extendedRevoke, IReadOnlyList<Answer> answers)
    {
        Org.BouncyCastle.X509.X509Certificate responder = Parse(authority.Responder);
        var generator = new BasicOcspRespGenerator(kind == ResponderIdKind.ByKey
            ? new RespID(responder.GetPublicKey())
            : new RespID(X509Name.GetInstance(Asn1Object.FromByteArray(authority.Responder.SubjectName.RawData))));
        foreach (Answer answer in answers)
        {
            generator.AddResponse(
                MakeCertId(answer), MakeStatus(answer.Status), TestAuthority.Now.AddHours(-1).UtcDateTime, TestAuthority.Now.AddDays(4).UtcDateTime, MakeSingleExtensions(answer.Status));
        }

        if (MakeResponseExtensions(nonce, extendedRevoke) is { } extensions)
        {
            generator.SetResponseExtensions(extensions);
        }

        AsymmetricKeyParameter key = PrivateKeyFactory.CreateKey(authority.ResponderKey.ExportPkcs8PrivateKey());
#pragma warning disable CS0618 // Type or member is obsolete: the shortest way to the same bytes
        BasicOcspResp basic = generator.Generate("SHA256WITHRSA", key, withCertificate ? [responder] : null, producedAt.UtcDateTime);
#pragma warning restore CS0618
        return new OCSPRespGenerator().Generate(OcspRespStatus.Successful, basic).GetEncoded();
    }

    /// <summary>A request for the same certificates.</summary>
    public byte[] MakeRequest(IEnumerable<Answer> answers)
    {
        var generator = new OcspReqGenerator();
        foreach (Answer answer in answers)
        {
            generator.AddRequest(MakeCertId(answer));
        }

        return generator.Generate().GetEncoded();
    }

    private static Org.BouncyCastle.Ocsp.CertificateStatus? MakeStatus(CertificateStatus? status) => status switch
    {
        null => new UnknownStatus(),
        { RevocationTime: null } => Org.BouncyCastle.Ocsp.CertificateStatus.Good,
        { Reason: X509RevocationReason.Unspecified } revoked => new RevokedStatus(new RevokedInfo(new DerGeneralizedTime(revoked.RevocationTime!.Value.UtcDateTime), null)),
        { } revoked => new RevokedStatus(revoked.RevocationTime!.Value.UtcDateTime, (int)revoked.Reason),
    };

    private static X509Extensions? MakeSingleExtensions(CertificateStatus? status)
    {
        if (status?.InvalidityDate is not { } date)
        {
            return null;
        }

        var generator = new X509ExtensionsGenerator();
        generator.AddExtension(X509Extensions.InvalidityDate, critical: false, new DerGeneralizedTime(date.UtcDateTime));
        return generator.Generate();
    }

    private static X509Extensions? MakeResponseExtensions(byte[] nonce, bool extendedRevoke)
    {
        if (nonce.Length == 0 && !extendedRevoke)
        {
            return null;
        }

        var generator = new X509ExtensionsGenerator();
        if (nonce.Length > 0)
        {
            generator.AddExtension(OcspObjectIdentifiers.PkixOcspNonce, critical: false, new DerOctetString(nonce));
        }

        if (extendedRevoke)
        {
            generator.AddExtension(new DerObjectIdentifier("1.3.6.1.5.5.7.48.1.9"), critical: false, DerNull.Instance);
        }

        return generator.Generate();
    }

    private CertificateID MakeCertId(Answer answer) => new(
        answer.Hash switch
        {
            CertIdHash.Sha1 => "1.3.14.3.2.26",
            CertIdHash.Sha256 => "2.16.840.1.101.3.4.2.1",
            CertIdHash.Sha224 => "2.16.840.1.101.3.4.2.4",
            CertIdHash.Sha384 => "2.16.840.1.101.3.4.2.2",
            _ => "2.16.840.1.101.3.4.2.3",
        },
        Parse(authority.Ca),
        new BigInteger(answer.Serial));

    private Org.BouncyCastle.X509.X509Certificate Parse(X509Certificate2 certificate) => _parser.ReadCertificate(certificate.RawData);
}
