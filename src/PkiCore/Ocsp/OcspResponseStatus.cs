namespace PkiCore.Ocsp;

/// <summary>OCSPResponseStatus (RFC 6960 4.2.1).</summary>
public enum OcspResponseStatus
{
    /// <summary>The response has answers.</summary>
    Successful = 0,

    /// <summary>The request does not conform to the syntax.</summary>
    MalformedRequest = 1,

    /// <summary>The responder is in an inconsistent state.</summary>
    InternalError = 2,

    /// <summary>No answer at the moment.</summary>
    TryLater = 3,

    /// <summary>The request has to be signed.</summary>
    SigRequired = 5,

    /// <summary>The responder has no authority to answer this request (RFC 9919 3.2.3).</summary>
    Unauthorized = 6,
}
