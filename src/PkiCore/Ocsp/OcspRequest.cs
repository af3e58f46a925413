using PkiCore.Asn1;

namespace PkiCore.Ocsp;

/// <summary>
/// An OCSPRequest (RFC 6960 4.1.1), parsed in place: it points into the bytes that were given and is valid as long as they are.
/// Nothing is allocated, and no input makes it throw.
/// </summary>
public readonly ref struct OcspRequest
{
    /// <summary>How many certificates a request may ask for where the caller sets no other limit.</summary>
    public const int DefaultMaxCertificates = 32;

    private readonly ReadOnlySpan<byte> _requestList;

    private OcspRequest(ReadOnlySpan<byte> requestList, int count, bool isSigned, OcspRequestExtensions extensions)
    {
        _requestList = requestList;
        CertificateCount = count;
        IsSigned = isSigned;
        Nonce = extensions.Nonce;
        PreferredAlgorithms = extensions.PreferredAlgorithms;
        IsSupported = !extensions.HasUnknownCritical && extensions.AcceptsBasic;
    }

    /// <summary>How many certificates are asked for; at least 1.</summary>
    public int CertificateCount { get; }

    /// <summary>The nonce, 1 to 128 octets; empty when there is none.</summary>
    public ReadOnlySpan<byte> Nonce { get; }

    /// <summary>Whether the request carries a signature. It is not verified (RFC 9919 3.1.2).</summary>
    public bool IsSigned { get; }

    /// <summary>
    /// <see langword="false"/> when the request has a critical extension that is not known here (RFC 6960 4.1.2), or accepts no
    /// basic response (RFC 6960 4.4.3). Such a request is well-formed, but nobody may answer it: unauthorized.
    /// </summary>
    public bool IsSupported { get; }

    /// <summary>By which algorithms the client would have the response signed.</summary>
    internal PreferredSignatureAlgorithms PreferredAlgorithms { get; }

    /// <summary>The certificates, in the order of the request.</summary>
    public CertIdEnumerator GetEnumerator() => new(_requestList);

    /// <summary>Parses a DER-encoded request.</summary>
    /// <param name="encoded">The whole request and nothing else.</param>
    /// <param name="request">The request; valid only when the method returns <see langword="true"/>.</param>
    /// <param name="error">What is wrong otherwise.</param>
    /// <param name="maxCertificates">The longest requestList that is accepted.</param>
    public static bool TryParse(ReadOnlySpan<byte> encoded, out OcspRequest request, out OcspRequestError error, int maxCertificates = DefaultMaxCertificates)
    {
        request = default;
        error = OcspRequestError.NotAnOcspRequest;
        var outer = new DerReader(encoded);
        if (!outer.TryReadSequence(out DerReader fields) || !outer.IsEmpty || !fields.TryReadSequence(out DerReader toBeSigned))
        {
            return false;
        }

        bool isSigned = !fields.IsEmpty;
        if (isSigned && !TryReadSignature(ref fields))
        {
            error = OcspRequestError.Signature;
            return false;
        }

        error = ReadToBeSigned(ref toBeSigned, maxCertificates, isSigned, out request);
        return error == OcspRequestError.None;
    }

    private static OcspRequestError ReadToBeSigned(scoped ref DerReader fields, int maxCertificates, bool isSigned, out OcspRequest request)
    {
        request = default;
        if (fields.HasTag(DerTag.ContextConstructed(0)))
        {
            return OcspRequestError.Version; // v1 is the DEFAULT and so left out (X.690 11.5); there is no other (RFC 6960 4.1.1)
        }

        if (fields.HasTag(DerTag.ContextConstructed(1)) && !TryReadGeneralName(ref fields))
        {
            return OcspRequestError.RequestorName;
        }

        if (!fields.TryReadSequence(out DerReader list) || list.IsEmpty)
        {
            return OcspRequestError.RequestList;
        }

        ReadOnlySpan<byte> requestList = list.Remaining;
        var extensions = new OcspRequestExtensions();
        int count = 0;
        while (!list.IsEmpty)
        {
            OcspRequestError error = count++ == maxCertificates ? OcspRequestError.TooManyCertificates : ReadRequest(ref list, ref extensions);
            if (error != OcspRequestError.None)
            {
                return error;
            }
        }

        if (!fields.IsEmpty)
        {
            OcspRequestError error = OcspExtensions.TryEnter(ref fields, 2, out DerReader requestExtensions) && fields.IsEmpty
                ? extensions.ReadRequestExtensions(ref requestExtensions)
                : OcspRequestError.Extensions;
            if (error != OcspRequestError.None)
            {
                return error;
            }
        }

        request = new OcspRequest(requestList, count, isSigned, extensions);
        return OcspRequestError.None;
    }

    /// <summary>Reads a Request: a CertID and singleRequestExtensions.</summary>
    private static OcspRequestError ReadRequest(scoped ref DerReader list, scoped ref OcspRequestExtensions extensions)
    {
        if (!list.TryReadSequence(out DerReader fields) || !CertId.TryRead(ref fields, out _))
        {
            return OcspRequestError.RequestList;
        }

        return fields.IsEmpty ? OcspRequestError.None
            : !OcspExtensions.TryEnter(ref fields, 0, out DerReader single) || !fields.IsEmpty ? OcspRequestError.Extensions
            : extensions.ReadSingleExtensions(ref single);
    }

    /// <summary>Every GeneralName is one value with a context tag. Its contents do not matter: the name is not used (RFC 9919 3.1.2).</summary>
    private static bool TryReadGeneralName(scoped ref DerReader fields) =>
        fields.TryReadConstructed(DerTag.ContextConstructed(1), out DerReader wrapper)
        && !wrapper.IsEmpty
        && (wrapper.Remaining[0] & 0xC0) == 0x80
        && (wrapper.Remaining[0] & 0x1F) <= 8
        && wrapper.TryReadEncoded(out _)
        && wrapper.IsEmpty;

    /// <summary>[0] EXPLICIT Signature: algorithm, BIT STRING, [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL. Only the structure is looked at.</summary>
    private static bool TryReadSignature(scoped ref DerReader fields) =>
        fields.TryReadConstructed(DerTag.ContextConstructed(0), out DerReader wrapper)
        && fields.IsEmpty
        && wrapper.TryReadSequence(out DerReader signature)
        && wrapper.IsEmpty
        && signature.TryReadEncoded(DerTag.Sequence, out _)
        && signature.TryReadBitString(out _, out _)
        && (signature.IsEmpty || (signature.TryReadEncoded(DerTag.ContextConstructed(0), out _) && signature.IsEmpty));

    /// <summary>Goes over the certificates of a request. It was checked when the request was parsed.</summary>
    public ref struct CertIdEnumerator
    {
        private DerReader _list;
        private CertId _current;

        internal CertIdEnumerator(ReadOnlySpan<byte> requestList) => _list = new DerReader(requestList);

        /// <summary>The certificate at the current place.</summary>
        public readonly CertId Current => _current;

        /// <summary>Goes to the next certificate.</summary>
        public bool MoveNext() =>
            _list.TryReadSequence(out DerReader fields) && CertId.TryRead(ref fields, out _current);
    }
}
