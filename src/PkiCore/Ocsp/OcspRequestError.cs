namespace PkiCore.Ocsp;

/// <summary>Why bytes are not an OCSP request that this responder reads.</summary>
public enum OcspRequestError
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>The outer structure is not a DER SEQUENCE of the right parts, or bytes follow it.</summary>
    NotAnOcspRequest,

    /// <summary>The version is not the default, v1, left out as DER wants it.</summary>
    Version,

    /// <summary>The requestorName is not a GeneralName.</summary>
    RequestorName,

    /// <summary>The requestList is empty, or one of its elements is not a Request.</summary>
    RequestList,

    /// <summary>The requestList is longer than the limit.</summary>
    TooManyCertificates,

    /// <summary>Extensions are empty, malformed or repeated.</summary>
    Extensions,

    /// <summary>The nonce is not an OCTET STRING of 1 to 128 octets (RFC 9654 2.1).</summary>
    Nonce,

    /// <summary>The optionalSignature is malformed; a well-formed one is not verified.</summary>
    Signature,
}
