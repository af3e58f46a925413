using PkiCore.Asn1;
using PkiCore.Ocsp;

namespace PkiCore.Fuzz.Oracles;

internal static class ResponseOracle
{
    public static void CheckValues(ReferenceResponse expected, OcspResponse response)
    {
        Oracle.Same(expected.Status, (int)response.Status, "status");
        Oracle.SameBytes(expected.ResponderName, response.ResponderName.Span, "responder's name");
        Oracle.SameBytes(expected.ResponderKeyHash, response.ResponderKeyHash.Span, "responder's key hash");
        Oracle.Same(expected.ProducedAt, response.ProducedAt, "producedAt");
        Oracle.SameBytes(expected.Nonce, response.Nonce.Span, "nonce");
        Oracle.Same(expected.HasExtendedRevoke, response.HasExtendedRevoke, "extended-revoke");
        Oracle.Same(expected.HasUnknownCriticalExtension, response.HasUnknownCriticalExtension, "unknown critical extension");
        Oracle.Same(expected.Responses.Count, response.Responses.Count, "number of answers");
        for (int i = 0; i < expected.Responses.Count; i++)
        {
            CheckSingle(expected.Responses[i], response.Responses[i]);
        }
    }

    /// <summary>Puts the response together from its parts. An empty field certs looks like none, so the second parser says which.</summary>
    public static void CheckRewritten(ReferenceResponse expected, OcspResponse response, ReadOnlySpan<byte> input)
    {
        Oracle.SameBytes(expected.ToBeSigned.Span, response.ToBeSigned.Span, "ResponseData");
        byte[] body = [DerTag.Enumerated, 1, (byte)response.Status];
        if (response.Status == OcspResponseStatus.Successful)
        {
            byte[] basic =
            [
                .. response.ToBeSigned.Span,
                .. response.SignatureAlgorithmIdentifier.Span,
                .. RequestEncoder.Wrap(DerTag.BitString, [0, .. response.Signature.Span]),
                .. Certificates(expected, response),
            ];
            byte[] bytes =
            [
                .. RequestEncoder.Wrap(DerTag.ObjectIdentifier, ObjectIdentifiers.OcspBasic),
                .. RequestEncoder.Wrap(DerTag.OctetString, RequestEncoder.Wrap(DerTag.Sequence, basic)),
            ];
            body = [.. body, .. RequestEncoder.Wrap(DerTag.ContextConstructed(0), RequestEncoder.Wrap(DerTag.Sequence, bytes))];
        }

        Oracle.SameBytes(input, RequestEncoder.Wrap(DerTag.Sequence, body), "the response written again");
    }

    private static byte[] Certificates(ReferenceResponse expected, OcspResponse response)
    {
        byte[] all = [.. response.Certificates.SelectMany(certificate => certificate.ToArray())];
        return expected.HasCertificates ? RequestEncoder.Wrap(DerTag.ContextConstructed(0), RequestEncoder.Wrap(DerTag.Sequence, all)) : all;
    }

    private static void CheckSingle(ReferenceSingleResponse expected, OcspSingleResponse single)
    {
        Oracle.Same(expected.CertId.Hash, single.Hash, "hash algorithm");
        Oracle.SameBytes(expected.CertId.IssuerNameHash, single.IssuerNameHash.Span, "name hash");
        Oracle.SameBytes(expected.CertId.IssuerKeyHash, single.IssuerKeyHash.Span, "key hash");
        Oracle.SameBytes(expected.CertId.SerialNumber, single.SerialNumber.Span, "serial number");
        Oracle.Same(expected.Status, single.Status, "certificate status");
        Oracle.Same(expected.RevocationTime, single.RevocationTime, "revocation time");
        Oracle.Same(expected.Reason, (int?)single.Reason, "reason");
        Oracle.Same(expected.ThisUpdate, single.ThisUpdate, "thisUpdate");
        Oracle.Same(expected.NextUpdate, single.NextUpdate, "nextUpdate");
        Oracle.Same(expected.HasUnknownCriticalExtension, single.HasUnknownCriticalExtension, "unknown critical extension of an answer");
    }
}
