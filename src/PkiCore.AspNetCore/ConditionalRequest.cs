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
            // RFC 9110 13.1.2: a list is searched with the weak comparison; If-Modified-Since does not count then (13.1.3)
            foreach (string? list in noneMatch)
            {
                if (list == batch.ETag || Contains(list, batch.ETag))
                {
                    return true;
                }
            }

            return false;
        }

        // By date only if it is the very date: a reply that is older than the client's copy is another reply. Never for a revoked one:
        // the good one that a client holds may have been signed in the same second.
        return outcome != OcspOutcome.Revoked && headers.IfModifiedSince.Count > 0 && headers.IfModifiedSince == batch.LastModified;
    }

    private static bool Contains(ReadOnlySpan<char> list, ReadOnlySpan<char> etag)
    {
        foreach (Range part in list.Split(','))
        {
            ReadOnlySpan<char> candidate = list[part].Trim();
            candidate = candidate.StartsWith("W/", StringComparison.Ordinal) ? candidate[2..] : candidate;
            if (candidate is "*" || candidate.SequenceEqual(etag))
            {
                return true;
            }
        }

        return false;
    }
}
