using PkiCore.Asn1;
using PkiCore.X509;

namespace PkiCore.Ocsp;

/// <summary>An OCSPResponse (RFC 6960 4.2.1) with its own copy of the bytes. Immutable.</summary>
public sealed class OcspResponse
{
    private OcspResponse(OcspResponseStatus status) => Status = status;

    /// <summary>The status; everything else is there only when it is <see cref="OcspResponseStatus.Successful"/>.</summary>
    public OcspResponseStatus Status { get; }

    /// <summary>The encoded ResponseData: what is signed.</summary>
    public ReadOnlyMemory<byte> ToBeSigned { get; private set; }

    /// <summary>The DER of the responder's Name; empty when it names itself by key.</summary>
    public ReadOnlyMemory<byte> ResponderName { get; private set; }

    /// <summary>The SHA-1 hash of the responder's key; empty when it names itself by name.</summary>
    public ReadOnlyMemory<byte> ResponderKeyHash { get; private set; }

    /// <summary>When the response was signed.</summary>
    public DateTimeOffset ProducedAt { get; private set; }

    /// <summary>The certificates' answers.</summary>
    public IReadOnlyList<OcspSingleResponse> Responses { get; private set; } = [];

    /// <summary>The nonce; empty when there is none.</summary>
    public ReadOnlyMemory<byte> Nonce { get; private set; }

    /// <summary>Whether extended-revoke is there: a serial number that was never issued is answered as revoked (RFC 6960 4.4.8).</summary>
    public bool HasExtendedRevoke { get; private set; }

    /// <summary>The encoded AlgorithmIdentifier of the signature.</summary>
    public ReadOnlyMemory<byte> SignatureAlgorithmIdentifier { get; private set; }

    /// <summary>The signature.</summary>
    public ReadOnlyMemory<byte> Signature { get; private set; }

    /// <summary>The encoded certificates that came along, in their order.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Certificates { get; private set; } = [];

    internal bool HasUnknownCriticalExtension { get; private set; }

    /// <summary>Parses a DER-encoded response.</summary>
    /// <returns><see langword="null"/> when the bytes are not exactly one well-formed response.</returns>
    public static OcspResponse? Parse(ReadOnlySpan<byte> encoded)
    {
        var outer = new DerReader(encoded);
        if (!outer.TryReadSequence(out DerReader fields) || !outer.IsEmpty || !fields.TryReadEnumerated(out int status)
            || !Enum.IsDefined((OcspResponseStatus)status))
        {
            return null;
        }

        var response = new OcspResponse((OcspResponseStatus)status);
        bool successful = response.Status == OcspResponseStatus.Successful;

        // RFC 6960 4.2.1: responseBytes are there if and only if the status is successful
        return (successful ? TryEnterBasic(ref fields, out DerReader basic) && response.TryReadBasic(ref basic) : fields.IsEmpty) ? response : null;
    }

    private static bool TryEnterBasic(scoped ref DerReader fields, out DerReader basic)
    {
        basic = default;
        if (!fields.TryReadConstructed(DerTag.ContextConstructed(0), out DerReader wrapper) || !fields.IsEmpty
            || !wrapper.TryReadSequence(out DerReader bytes) || !wrapper.IsEmpty
            || !bytes.TryReadObjectIdentifier(out ReadOnlySpan<byte> type) || !type.SequenceEqual(ObjectIdentifiers.OcspBasic)
            || !bytes.TryReadOctetString(out ReadOnlySpan<byte> response) || !bytes.IsEmpty)
        {
            return false;
        }

        var reader = new DerReader(response);
        return reader.TryReadSequence(out basic) && reader.IsEmpty;
    }

    private bool TryReadBasic(ref DerReader basic)
    {
        if (!basic.TryReadEncoded(DerTag.Sequence, out ReadOnlySpan<byte> toBeSigned)
            || !basic.TryReadEncoded(DerTag.Sequence, out ReadOnlySpan<byte> algorithm)
            || !basic.TryReadBitString(out ReadOnlySpan<byte> signature, out int unusedBits)
            || unusedBits != 0)
        {
            return false;
        }

        ToBeSigned = toBeSigned.ToArray();
        SignatureAlgorithmIdentifier = algorithm.ToArray();
        Signature = signature.ToArray();
        return (basic.IsEmpty || TryReadCertificates(ref basic)) && basic.IsEmpty && TryReadToBeSigned();
    }

    private bool TryReadCertificates(ref DerReader basic)
    {
        if (!basic.TryReadConstructed(DerTag.ContextConstructed(0), out DerReader wrapper)
            || !wrapper.TryReadSequence(out DerReader list)
            || !wrapper.IsEmpty)
        {
            return false;
        }

        var certificates = new List<ReadOnlyMemory<byte>>();
        while (list.TryReadEncoded(DerTag.Sequence, out ReadOnlySpan<byte> certificate))
        {
            certificates.Add(certificate.ToArray());
        }

        Certificates = certificates;
        return list.IsEmpty;
    }

    private bool TryReadToBeSigned()
    {
        var outer = new DerReader(ToBeSigned.Span);
        if (!outer.TryReadSequence(out DerReader fields) || !TryReadResponder(ref fields)
            || !fields.TryReadGeneralizedTime(out DateTimeOffset producedAt)
            || !fields.TryReadSequence(out DerReader list))
        {
            return false;
        }

        ProducedAt = producedAt;
        var responses = new List<OcspSingleResponse>();
        while (!list.IsEmpty)
        {
            if (OcspSingleResponse.Read(ref list) is not { } single)
            {
                return false;
            }

            responses.Add(single);
        }

        Responses = responses;
        return fields.IsEmpty || (TryReadExtensions(ref fields) && fields.IsEmpty);
    }

    private bool TryReadResponder(ref DerReader fields)
    {
        if (fields.TryReadConstructed(DerTag.ContextConstructed(1), out DerReader byName))
        {
            bool read = byName.TryReadEncoded(DerTag.Sequence, out ReadOnlySpan<byte> name) && byName.IsEmpty;
            ResponderName = name.ToArray();
            return read;
        }

        bool found = fields.TryReadConstructed(DerTag.ContextConstructed(2), out DerReader byKey);
        found &= byKey.TryReadOctetString(out ReadOnlySpan<byte> hash) && hash.Length == 20 && byKey.IsEmpty;
        ResponderKeyHash = hash.ToArray();
        return found;
    }

    private bool TryReadExtensions(ref DerReader fields)
    {
        if (!OcspExtensions.TryEnter(ref fields, 1, out DerReader extensions))
        {
            return false;
        }

        while (!extensions.IsEmpty)
        {
            if (!ExtensionReader.TryRead(ref extensions, out ReadOnlySpan<byte> oid, out bool critical, out ReadOnlySpan<byte> value))
            {
                return false;
            }

            if (oid.SequenceEqual(ObjectIdentifiers.OcspNonce))
            {
                if (!OcspExtensions.TryReadNonce(value, out ReadOnlySpan<byte> nonce))
                {
                    return false;
                }

                Nonce = nonce.ToArray();
                continue;
            }

            HasExtendedRevoke |= oid.SequenceEqual(ObjectIdentifiers.OcspExtendedRevoke);
            HasUnknownCriticalExtension |= critical;
        }

        return true;
    }
}
