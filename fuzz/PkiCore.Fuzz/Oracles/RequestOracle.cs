using PkiCore.Asn1;
using PkiCore.Ocsp;
using PkiCore.X509;

namespace PkiCore.Fuzz.Oracles;

internal static class RequestOracle
{
    public static void CheckValues(ReferenceRequest expected, OcspRequest request)
    {
        Oracle.Same(expected.Certificates.Count, request.CertificateCount, "number of certificates");
        Oracle.Same(expected.IsSigned, request.IsSigned, "is signed");
        Oracle.Same(expected.IsSupported, request.IsSupported, "is supported");
        Oracle.SameBytes(expected.Nonce, request.Nonce, "nonce");
        CheckPreferred(expected.Preferred, request.PreferredAlgorithms);
        int i = 0;
        foreach (CertId certId in request)
        {
            CheckCertId(expected.Certificates[i++], certId);
        }

        Oracle.Same(expected.Certificates.Count, i, "number of certificates gone over");
    }

    /// <summary>Writes the request from what was parsed. Names, signatures and other extensions are not kept; without them the bytes are the same.</summary>
    public static void CheckRewritten(ReferenceRequest expected, OcspRequest request, ReadOnlySpan<byte> input)
    {
        byte[] written = RequestEncoder.Encode(request);
        if (expected.IsPlain)
        {
            Oracle.SameBytes(input, written, "the request written again");
        }

        Oracle.Require(OcspRequest.TryParse(written, out OcspRequest again, out _), "what was parsed can be parsed again");
        Oracle.Same(request.CertificateCount, again.CertificateCount, "number of certificates when parsed again");
        Oracle.SameBytes(request.Nonce, again.Nonce, "nonce when parsed again");
        Oracle.Require(!OcspRequest.TryParse(written, out _, out OcspRequestError error, request.CertificateCount - 1)
            && error == OcspRequestError.TooManyCertificates, "one certificate over the limit is refused");
    }

    private static void CheckPreferred(List<ReferencePreference> expected, PreferredSignatureAlgorithms preferred)
    {
        int i = 0;
        foreach (PreferredSignatureAlgorithm algorithm in preferred)
        {
            foreach (SignatureAlgorithm known in SignatureAlgorithm.All)
            {
                Oracle.Same(expected[i].Matches(known), algorithm.Matches(known), $"prefers {known}");
            }

            i++;
        }

        Oracle.Same(expected.Count, i, "number of preferred algorithms");
        Oracle.Same(i == 0, preferred.IsEmpty, "prefers nothing");
    }

    private static void CheckCertId(ReferenceCertId expected, CertId certId)
    {
        Oracle.Same(expected.Hash, certId.Hash, "hash algorithm");
        Oracle.SameBytes(expected.IssuerNameHash, certId.IssuerNameHash, "name hash");
        Oracle.SameBytes(expected.IssuerKeyHash, certId.IssuerKeyHash, "key hash");
        Oracle.SameBytes(expected.SerialNumber, certId.SerialNumber, "serial number");
        byte[] written = new byte[certId.Prefix.Length + DerWriter.GetEncodedLength(certId.SerialNumber.Length)];
        var writer = new DerWriter(written);
        writer.WriteEncoded(certId.Prefix);
        writer.WriteInteger(certId.SerialNumber);
        Oracle.SameBytes(expected.Contents, written, "CertID written again");
    }
}
