using PkiCore.Crl.State;
using PkiCore.Status;

namespace PkiCore.Crl.Following;

/// <summary>What was read last, whole: the CRLs, the list that they make, and the certificates that are known to be issued.</summary>
internal sealed record CrlsInUse(CrlSelection Selection, RevokedCertificates List, IssuedSerials Issued, SourcePosition Position)
{
    /// <summary>What speaks against going on with other CRLs: an older one is no news (a delta that is gone is that, too), and one that is gone is missing.</summary>
    /// <param name="next">The other CRLs.</param>
    /// <param name="now">The time: a CRL whose time is up is missed no longer.</param>
    public string? FindRollback(CrlSelection next, DateTimeOffset now)
    {
        foreach (CrlFile used in Selection.Crls.Select(crl => crl.Latest))
        {
            bool isOver = used.NextUpdate <= now;
            string? fault = FindSuccessor(next, used) is { } other ? FindRollback(used, other)
                : isOver ? null
                : $"'{used.Path}' is gone, and nothing has taken its place";
            if (fault is not null)
            {
                return $"{fault}: {(isOver ? "it has expired, and a newer one has to come" : "it goes on to be used")}";
            }
        }

        return null;
    }

    /// <summary>What is odd about other CRLs that are used all the same: numbers began again.</summary>
    public string? FindReset(CrlSelection next)
    {
        foreach (CrlFile used in Selection.Crls.Select(crl => crl.Latest))
        {
            if (FindSuccessor(next, used) is { } other && other.Number < used.Number)
            {
                return $"'{other.Path}' has number {other.Number}, and number {used.Number} was there before: it is used because that one had expired when it was issued";
            }
        }

        return null;
    }

    /// <summary>Whether all scopes are still there, so that a hold that is on none of the lists any more was released.</summary>
    public bool HasSameScopes(CrlSelection next) => Selection.Crls.All(crl => next.Crls.Any(other => other.Base.Scope == crl.Base.Scope));

    private static CrlFile? FindSuccessor(CrlSelection next, CrlFile used) => next.Crls.FirstOrDefault(crl => crl.Base.Scope == used.Scope)?.Latest;

    /// <summary>What was issued after the end of the one before is newer, whatever its number.</summary>
    private static string? FindRollback(CrlFile used, CrlFile other) =>
        other.ThisUpdate > used.NextUpdate ? null
        : other.Number < used.Number ? $"'{other.Path}' has number {other.Number}, and number {used.Number} was there before"
        : other.ThisUpdate < used.ThisUpdate ? FormattableString.Invariant($"'{other.Path}' is as of {other.ThisUpdate:u}, and one of {used.ThisUpdate:u} was there before")
        : null;
}
