using System.Security.Cryptography.X509Certificates;
using PkiCore.Asn1;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Ocsp;

/// <summary>
/// Everything that the replies signed together share: responder, times, algorithm, certificates, encoded once. A reply is stitched
/// from it, a serial number, a status and a signature, in one pass forward.
/// </summary>
internal sealed class OcspResponseTemplate
{
    private readonly byte[] _responder; // responderID and producedAt
    private readonly byte[] _validity; // thisUpdate and nextUpdate [0] EXPLICIT

    /// <param name="responderId">The encoded ResponderID.</param>
    /// <param name="producedAt">When the replies are signed.</param>
    /// <param name="thisUpdate">When their content was known to be true.</param>
    /// <param name="nextUpdate">When newer content will be there.</param>
    /// <param name="algorithm">How they are signed.</param>
    /// <param name="certificates">What <see cref="EncodeCertificates"/> made.</param>
    public OcspResponseTemplate(
        byte[] responderId, DateTimeOffset producedAt, DateTimeOffset thisUpdate, DateTimeOffset nextUpdate, SignatureAlgorithm algorithm, byte[] certificates)
    {
        ResponderId = responderId;
        Algorithm = algorithm;
        Certificates = certificates;

        _responder = new byte[responderId.Length + 2 + DerTime.Length];
        var responder = new DerWriter(_responder);
        responder.WriteEncoded(responderId);
        responder.WriteGeneralizedTime(producedAt);

        _validity = new byte[2 + DerTime.Length + 2 + 2 + DerTime.Length];
        var validity = new DerWriter(_validity);
        validity.WriteGeneralizedTime(thisUpdate);
        validity.WriteHeader(DerTag.ContextConstructed(0), 2 + DerTime.Length);
        validity.WriteGeneralizedTime(nextUpdate);
    }

    /// <summary>The encoded ResponderID.</summary>
    public byte[] ResponderId { get; }

    /// <summary>How the replies are signed.</summary>
    public SignatureAlgorithm Algorithm { get; }

    /// <summary>certs [0] EXPLICIT SEQUENCE OF, or nothing.</summary>
    public byte[] Certificates { get; }

    /// <summary>Writes the ResponseData of a reply about one certificate: what is signed.</summary>
    public int WriteToBeSigned(Span<byte> destination, SingleResponses singles)
    {
        var writer = new DerWriter(destination);
        WriteToBeSigned(ref writer, singles);
        return writer.Written;
    }

    /// <summary>Writes the ResponseData of a reply about all certificates of a request, with response extensions.</summary>
    public int WriteToBeSigned(Span<byte> destination, OcspRequest request, ReadOnlySpan<CertificateStatus?> statuses, ReadOnlySpan<byte> extensions)
    {
        int singlesLength = 0;
        int i = 0;
        foreach (CertId certId in request)
        {
            singlesLength += new SingleResponse(certId.Prefix, certId.SerialNumber, statuses[i++]).GetEncodedLength(_validity.Length);
        }

        var writer = new DerWriter(destination);
        WriteToBeSignedStart(ref writer, singlesLength, extensions.Length);
        i = 0;
        foreach (CertId certId in request)
        {
            new SingleResponse(certId.Prefix, certId.SerialNumber, statuses[i++]).Write(ref writer, _validity);
        }

        writer.WriteEncoded(extensions);
        return writer.Written;
    }

    /// <summary>Stitches the reply about one certificate.</summary>
    public int Write(Span<byte> destination, SingleResponses singles, ReadOnlySpan<byte> signature)
    {
        var writer = new DerWriter(destination);
        int toBeSignedLength = DerWriter.GetEncodedLength(GetToBeSignedContentsLength(singles.GetEncodedLength(_validity.Length), 0));
        WriteEnvelope(ref writer, toBeSignedLength, signature.Length);
        WriteToBeSigned(ref writer, singles);
        WriteSignature(ref writer, signature);
        return writer.Written;
    }

    /// <summary>Wraps a ResponseData that was written before.</summary>
    public int Write(Span<byte> destination, ReadOnlySpan<byte> toBeSigned, ReadOnlySpan<byte> signature)
    {
        var writer = new DerWriter(destination);
        WriteEnvelope(ref writer, toBeSigned.Length, signature.Length);
        writer.WriteEncoded(toBeSigned);
        WriteSignature(ref writer, signature);
        return writer.Written;
    }

    /// <summary>An upper limit of the length of any reply with so many SingleResponses.</summary>
    public int GetMaxLength(int singles, int maxSignatureLength) =>
        64 + _responder.Length + (singles * SingleResponse.MaxLength) + OcspResponseExtensions.MaxLength
        + Algorithm.Encoded.Length + maxSignatureLength + Certificates.Length;

    private void WriteToBeSigned(ref DerWriter writer, SingleResponses singles)
    {
        WriteToBeSignedStart(ref writer, singles.GetEncodedLength(_validity.Length), extensionsLength: 0);
        singles.Write(ref writer, _validity);
    }

    private int GetToBeSignedContentsLength(int singlesLength, int extensionsLength) =>
        _responder.Length + DerWriter.GetEncodedLength(singlesLength) + extensionsLength;

    /// <summary>ResponseData ::= SEQUENCE { version DEFAULT v1, responderID, producedAt, responses, responseExtensions [1] EXPLICIT }.</summary>
    private void WriteToBeSignedStart(ref DerWriter writer, int singlesLength, int extensionsLength)
    {
        writer.WriteHeader(DerTag.Sequence, GetToBeSignedContentsLength(singlesLength, extensionsLength));
        writer.WriteEncoded(_responder);
        writer.WriteHeader(DerTag.Sequence, singlesLength);
    }

    /// <summary>
    /// OCSPResponse ::= SEQUENCE { responseStatus, [0] EXPLICIT SEQUENCE { responseType, response OCTET STRING } }, in which
    /// BasicOCSPResponse ::= SEQUENCE { tbsResponseData, signatureAlgorithm, signature, certs [0] EXPLICIT }.
    /// </summary>
    private void WriteEnvelope(ref DerWriter writer, int toBeSignedLength, int signatureLength)
    {
        ReadOnlySpan<byte> successful = [DerTag.Enumerated, 1, (byte)OcspResponseStatus.Successful];
        int basic = toBeSignedLength + Algorithm.Encoded.Length + DerWriter.GetEncodedLength(signatureLength + 1) + Certificates.Length;
        int octets = DerWriter.GetEncodedLength(basic);
        int responseBytes = DerWriter.GetEncodedLength(ObjectIdentifiers.OcspBasic.Length) + DerWriter.GetEncodedLength(octets);
        int explicitBytes = DerWriter.GetEncodedLength(responseBytes);
        writer.WriteHeader(DerTag.Sequence, successful.Length + DerWriter.GetEncodedLength(explicitBytes));
        writer.WriteEncoded(successful);
        writer.WriteHeader(DerTag.ContextConstructed(0), explicitBytes);
        writer.WriteHeader(DerTag.Sequence, responseBytes);
        writer.WriteObjectIdentifier(ObjectIdentifiers.OcspBasic);
        writer.WriteHeader(DerTag.OctetString, octets);
        writer.WriteHeader(DerTag.Sequence, basic);
    }

    private void WriteSignature(ref DerWriter writer, ReadOnlySpan<byte> signature)
    {
        writer.WriteEncoded(Algorithm.Encoded);
        writer.WriteBitString(signature);
        writer.WriteEncoded(Certificates);
    }

    /// <summary>Encodes the certificates of a reply: the delegated signer's, or none when the CA signs itself.</summary>
    /// <remarks>Without certificates the field is left out; an empty SEQUENCE would be a fault (RFC 6960 4.2.1).</remarks>
    public static byte[] EncodeCertificates(X509Certificate2? certificate)
    {
        if (certificate is null)
        {
            return [];
        }

        ReadOnlySpan<byte> encoded = certificate.RawDataMemory.Span;
        int sequence = DerWriter.GetEncodedLength(encoded.Length);
        byte[] result = new byte[DerWriter.GetEncodedLength(sequence)];
        var writer = new DerWriter(result);
        writer.WriteHeader(DerTag.ContextConstructed(0), sequence);
        writer.Write(DerTag.Sequence, encoded);
        return result;
    }
}
