using Microsoft.Extensions.Primitives;

namespace PkiCore.AspNetCore;

/// <summary>Looks for a strong entity tag in the lists that If-None-Match and If-Match hold (RFC 9110 8.8.3.2).</summary>
internal static class EntityTags
{
    /// <summary>For If-None-Match: a weak tag of the client's counts as well.</summary>
    public static bool MatchWeakly(StringValues lists, string etag) => Match(lists, etag, weakly: true);

    /// <summary>For If-Match.</summary>
    public static bool MatchStrongly(StringValues lists, string etag) => Match(lists, etag, weakly: false);

    private static bool Match(StringValues lists, string etag, bool weakly)
    {
        foreach (string? list in lists)
        {
            if (list == etag || Contains(list, etag, weakly))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Contains(ReadOnlySpan<char> list, ReadOnlySpan<char> etag, bool weakly)
    {
        foreach (Range part in list.Split(','))
        {
            ReadOnlySpan<char> candidate = list[part].Trim();
            candidate = weakly && candidate.StartsWith("W/", StringComparison.Ordinal) ? candidate[2..] : candidate;
            if (candidate is "*" || candidate.SequenceEqual(etag))
            {
                return true;
            }
        }

        return false;
    }
}
