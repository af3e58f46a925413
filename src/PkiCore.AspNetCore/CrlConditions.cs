using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using PkiCore.Crl.Files;
using PkiCore.Crl;

namespace PkiCore.AspNetCore;

/// <summary>
/// What the conditions of a request come to, in the order of RFC 9110 13.2.2. Dates count in both directions, unlike those of OCSP answers: the CRLs
/// of one name follow each other in time, so a copy that is as new as this one, or newer, is not to be replaced by it.
/// </summary>
internal static class CrlConditions
{
    /// <returns>200 to go on, else 304 or 412.</returns>
    public static int Evaluate(IHeaderDictionary headers, CrlDownload crl)
    {
        StringValues match = headers.IfMatch;
        bool holds = match.Count > 0 ? EntityTags.MatchStrongly(match, crl.ETag)
            : !TryParseDate(headers.IfUnmodifiedSince, out DateTimeOffset unmodifiedSince) || !IsNewer(crl, unmodifiedSince);
        if (!holds)
        {
            return StatusCodes.Status412PreconditionFailed;
        }

        StringValues noneMatch = headers.IfNoneMatch;
        bool isThere = noneMatch.Count > 0 ? EntityTags.MatchWeakly(noneMatch, crl.ETag)
            : TryParseDate(headers.IfModifiedSince, out DateTimeOffset modifiedSince) && !IsNewer(crl, modifiedSince);
        return isThere ? StatusCodes.Status304NotModified : StatusCodes.Status200OK;
    }

    /// <summary>Whether a part may be sent: the client's other parts are of this very CRL (RFC 9110 13.1.5).</summary>
    public static bool AllowsRange(IHeaderDictionary headers, CrlDownload crl)
    {
        StringValues ifRange = headers.IfRange;
        return ifRange.Count == 0 || ifRange == crl.ETag || ifRange == crl.LastModified;
    }

    private static bool IsNewer(CrlDownload crl, DateTimeOffset date) => crl.ThisUpdate.ToUnixTimeSeconds() > date.ToUnixTimeSeconds();

    /// <summary>What is no date is as if it were not there.</summary>
    private static bool TryParseDate(StringValues header, out DateTimeOffset date)
    {
        date = default;
        return header.Count == 1 && HeaderUtilities.TryParseDate(header[0], out date);
    }
}
