using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using PkiCore.Serving;

namespace PkiCore.AspNetCore;

/// <summary>Whether a client has the reply already (RFC 9110 13.1).</summary>
internal static class ConditionalRequest
{
    public static bool IsNotModified(IHeaderDictionary headers, OcspOutcome outcome, SigningBatch batch)
    {
        StringValues noneMatch = headers.IfNoneMatch;
        if (noneMatch.Count > 0)
        {
            // If-Modified-Since does not count then (RFC 9110 13.1.3)
            return EntityTags.MatchWeakly(noneMatch, batch.ETag);
        }

        // By date only if it is the very date: a reply that is older than the client's copy is another reply. Never for a revoked one:
        // the good one that a client holds may have been signed in the same second.
        return outcome != OcspOutcome.Revoked && headers.IfModifiedSince.Count > 0 && headers.IfModifiedSince == batch.LastModified;
    }
}
