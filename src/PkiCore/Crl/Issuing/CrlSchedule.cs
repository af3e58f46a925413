using PkiCore.Crl.State;

namespace PkiCore.Crl.Issuing;

/// <summary>When which CRL is to be published. A complete one is accompanied by a delta CRL to the complete one before, under the same number (CX-3).</summary>
internal sealed class CrlSchedule(CrlPublisherOptions options)
{
    /// <summary>What is due.</summary>
    /// <param name="scopes">The state.</param>
    /// <param name="published">What counts now, by the name of the file.</param>
    /// <param name="now">The time.</param>
    /// <param name="thisUpdate">That of the CRLs that would be published: a CRL has a later one than that before it, by which caches tell them apart.</param>
    /// <param name="all">Whether everything is to be published, due or not.</param>
    public List<DueCrl> FindDue(IReadOnlyList<ScopeState> scopes, IReadOnlyDictionary<string, PublishedCrl> published, DateTimeOffset now, DateTimeOffset thisUpdate, bool all)
    {
        var due = new List<DueCrl>();
        for (int i = 0; i < scopes.Count; i++)
        {
            ScopeState scope = scopes[i];
            PublishedCrl? complete = published.GetValueOrDefault(scope.Scope.FileName);
            PublishedCrl? delta = published.GetValueOrDefault(scope.Scope.DeltaFileName);
            if (complete?.ThisUpdate >= thisUpdate || delta?.ThisUpdate >= thisUpdate)
            {
                continue;
            }

            bool isRegular = all || NextRegular(complete, options.Interval) <= now || scope.BaseNumber is null
                || (options.KeepExpiredSince is null && scope.ExpiredBefore + options.Interval <= now); // BR-4: CRLs after changes do not put off the one that lets the expired ones go
            if (isRegular || IsDue(scope.ChangedSinceBase, options.PublishAfterChange, now))
            {
                due.Add(new DueCrl(i, IsDelta: false, isRegular));
                if (options.HasDeltas && scope.BaseNumber is not null)
                {
                    due.Add(new DueCrl(i, IsDelta: true, isRegular));
                }
            }
            else if (options.DeltaInterval is { } interval)
            {
                // One that is older than the complete CRL adds nothing to it: that came alone, after a restart.
                bool isRegularDelta = NextRegular(delta, interval) <= now || delta!.Number < complete!.Number;
                if (isRegularDelta || IsDue(scope.ChangedSinceDelta, options.PublishDeltaAfterChange, now))
                {
                    due.Add(new DueCrl(i, IsDelta: true, isRegularDelta));
                }
            }
        }

        return due;
    }

    /// <summary>When the next CRL comes if nothing changes; <see langword="null"/> before there is any.</summary>
    public DateTimeOffset? FindNext(IReadOnlyList<ScopeState> scopes, IReadOnlyDictionary<string, PublishedCrl> published)
    {
        DateTimeOffset? next = null;
        foreach (ScopeState scope in scopes)
        {
            Take(published.GetValueOrDefault(scope.Scope.FileName), options.Interval, Earlier(scope.ChangedSinceBase + options.PublishAfterChange, scope.ExpiredBefore + options.Interval));
            if (options.DeltaInterval is { } interval)
            {
                Take(published.GetValueOrDefault(scope.Scope.DeltaFileName), interval, scope.ChangedSinceDelta + options.PublishDeltaAfterChange);
            }
        }

        return next;

        void Take(PublishedCrl? crl, TimeSpan interval, DateTimeOffset? afterChange)
        {
            if (crl is not null)
            {
                DateTimeOffset regular = NextRegular(crl, interval);
                DateTimeOffset first = afterChange < regular ? afterChange.Value : regular;
                next = next < first ? next : first;
            }
        }
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => one < other || other is null ? one : other;

    /// <summary>A change in the future was applied when the clock was ahead.</summary>
    private static bool IsDue(DateTimeOffset? changed, TimeSpan? delay, DateTimeOffset now) => changed > now ? delay is not null : changed + delay <= now;

    private static DateTimeOffset NextRegular(PublishedCrl? crl, TimeSpan interval) => crl is null ? DateTimeOffset.MinValue : crl.ThisUpdate + interval;
}
