using PkiCore.Status;

namespace PkiCore.Crl;

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
            CrlFile? other = next.Crls.FirstOrDefault(crl => crl.Base.Scope == used.Scope)?.Latest;
            string? fault = other is null ? (used.NextUpdate <= now ? null : $"'{used.Path}' is gone, and nothing has taken its place")
                : other.Number < used.Number ? $"'{other.Path}' has number {other.Number}, and number {used.Number} was there before"
                : other.ThisUpdate < used.ThisUpdate ? FormattableString.Invariant($"'{other.Path}' is as of {other.ThisUpdate:u}, and one of {used.ThisUpdate:u} was there before")
                : null;
            if (fault is not null)
            {
                return $"{fault}: it goes on to be used";
            }
        }

        return null;
    }

    /// <summary>Whether all scopes are still there, so that a hold that is on none of the lists any more was released.</summary>
    public bool HasSameScopes(CrlSelection next) => Selection.Crls.All(crl => next.Crls.Any(other => other.Base.Scope == crl.Base.Scope));
}
