using System.Security.Cryptography;
using System.Text;
using PkiCore.Crl.State;
using PkiCore.Status;

namespace PkiCore.Crl.Following;

/// <summary>One enumeration of a <see cref="CrlStatusSource"/>: what is remembered between two looks at the files.</summary>
internal sealed class CrlSetReading(
    string path, CrlAuthorities authorities, string? issuedSerialsFile, bool unlistedAreGood, SourcePosition from, TimeProvider timeProvider)
{
    private const string Version = "crl1:";
    private const int ChangesPerBatch = 512; // 56 KiB: not for the heap of large objects

    /// <summary>How long CRLs that could not be read are left alone, as long as they are the same: twice as long each time.</summary>
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(1);

    private readonly CrlFolder _folder = new(path, authorities, timeProvider);
    private readonly FileMemory<IssuedSerials> _issuedMemory = new(timeProvider, IssuedSerials.Read);
    private CrlsInUse? _inUse;
    private Fault? _fault;

    private bool SaysThatUnlistedAreGood => unlistedAreGood || issuedSerialsFile is not null;

    /// <summary>Looks at the files once.</summary>
    /// <returns>What is to be said of them.</returns>
    public IEnumerable<StatusBatch> Poll()
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        CrlSelection selection;
        IssuedSerials issued;
        try
        {
            selection = CrlSelection.Of(_folder.Look(out IReadOnlyList<string> passedOver), now, SaysThatUnlistedAreGood ? passedOver : []);
            issued = issuedSerialsFile is null ? IssuedSerials.None : _issuedMemory.Read([issuedSerialsFile])[0];
        }
#pragma warning disable CA1031 // Do not catch general exception types: whatever happens, what was read before holds on
        catch (Exception e)
#pragma warning restore CA1031
        {
            return [Stale(now, Describe(e))];
        }

        string? fault = FindFault(selection, now);
        if (fault is not null)
        {
            return [Stale(now, selection.Problem is { } more ? $"{fault}; {more}" : fault)];
        }

        SourcePosition position = PositionOf(selection, issued);
        if (position != _inUse?.Position)
        {
            return Change(selection, issued, position, now);
        }

        _inUse = _inUse with { Selection = selection }; // the same CRLs, perhaps elsewhere
        return [Current(selection, position)];
    }

    /// <summary>What speaks against these CRLs without reading their entries.</summary>
    private string? FindFault(CrlSelection selection, DateTimeOffset now) =>
        selection.FirstToEnd is not { } first ? $"'{path}' has no CRL that may be used, with the name and key of {authorities.IssuerName} or of a CRL issuer of its"
        : _inUse?.FindRollback(selection, now) is { } rollback ? rollback
        : SaysThatUnlistedAreGood && selection.FindGap() is { } gap ? gap
        : first.NextUpdate <= now ? FormattableString.Invariant($"'{first.Path}' has expired: it was to be replaced by {first.NextUpdate:u}")
        : null;

    private IEnumerable<StatusBatch> Change(CrlSelection selection, IssuedSerials issued, SourcePosition position, DateTimeOffset now)
    {
        if (_fault is { } fault && fault.Position == position && timeProvider.GetElapsedTime(fault.Since) < fault.Pause)
        {
            return [Stale(now, fault.Problem)];
        }

        CrlsInUse? before = _inUse;
        selection = before?.FindReset(selection) is { } reset ? selection.With(reset) : selection;
        try
        {
            RevokedCertificates list = before?.Selection.Identity == selection.Identity ? before.List : CrlListLoader.Load(selection, authorities);
            _inUse = new CrlsInUse(selection, list, issued, position);
        }
#pragma warning disable CA1031 // Do not catch general exception types: whatever happens, what was read before holds on
        catch (Exception e)
#pragma warning restore CA1031
        {
            TimeSpan pause = _fault?.Position == position ? _fault.Pause * 2 : s_firstPause;
            _fault = new Fault(position, Describe(e), timeProvider.GetTimestamp(), pause < s_longestPause ? pause : s_longestPause);
            return [Stale(now, Describe(e))];
        }

        _fault = null;
        return before is not null ? TellChanges(before, _inUse)
            : position == from ? [Current(selection, position)]
            : TellAll(_inUse);
    }

    private IEnumerable<StatusBatch> TellAll(CrlsInUse inUse)
    {
        IEnumerable<StatusChange> all = CrlListComparison.All(inUse.List).Concat(GoodOnes(inUse, IssuedSerials.None));
        return InParts(
            all,
            part => Current(inUse.Selection, default, part, StatusBatchKind.CompleteState),
            part => Current(inUse.Selection, inUse.Position, part, StatusBatchKind.CompleteStateEnd));
    }

    private IEnumerable<StatusBatch> TellChanges(CrlsInUse before, CrlsInUse inUse)
    {
        IEnumerable<StatusChange> listed = before.List == inUse.List ? []
            : CrlListComparison.Changes(before.List, inUse.List, saysWhatIsGone: before.HasSameScopes(inUse.Selection));
        DateTimeOffset asOf = before.Selection.ThisUpdate;
        return InParts(
            listed.Concat(GoodOnes(inUse, before.Issued)),

            // Only the last part can vouch for all of them: the watermark must not move before.
            part => new StatusBatch { Changes = part, Watermark = asOf, Verdict = StatusVerdict.Stale, Problem = inUse.Selection.Problem },
            part => Current(inUse.Selection, inUse.Position, part));
    }

    /// <summary>Certificates that are issued and not listed, and were not told of before.</summary>
    private static IEnumerable<StatusChange> GoodOnes(CrlsInUse inUse, IssuedSerials before)
    {
        if (inUse.Issued.Identity == before.Identity)
        {
            yield break;
        }

        foreach (X509.SerialNumber serial in inUse.Issued.Serials)
        {
            if (!before.Serials.Contains(serial) && !inUse.List.Contains(in serial))
            {
                yield return new StatusChange(serial, CertificateStatus.Good, DateTimeOffset.MaxValue);
            }
        }
    }

    /// <summary>Cuts changes into batches. The last may be empty, the others are not.</summary>
    private static IEnumerable<StatusBatch> InParts(
        IEnumerable<StatusChange> changes, Func<IReadOnlyList<StatusChange>, StatusBatch> makePart, Func<IReadOnlyList<StatusChange>, StatusBatch> makeLast)
    {
        StatusChange[] held = [];
        foreach (StatusChange[] part in changes.Chunk(ChangesPerBatch))
        {
            if (held.Length > 0)
            {
                yield return makePart(held);
            }

            held = part;
        }

        yield return makeLast(held);
    }

    private StatusBatch Current(
        CrlSelection selection, SourcePosition position, IReadOnlyList<StatusChange>? changes = null, StatusBatchKind kind = StatusBatchKind.Changes) => new()
        {
            Changes = changes ?? [],
            Kind = kind,
            Position = position,
            Watermark = selection.ThisUpdate,
            ValidUntil = selection.FirstToEnd!.NextUpdate,
            UnnamedAreGood = unlistedAreGood,
            Problem = selection.Problem,
        };

    /// <summary>What was applied before stays: the position does, too.</summary>
    private StatusBatch Stale(DateTimeOffset now, string problem) =>
        new() { Watermark = now, Verdict = StatusVerdict.Stale, Position = _inUse?.Position ?? from, UnnamedAreGood = unlistedAreGood, Problem = problem };

    /// <summary>Names what the state that was told rests on.</summary>
    private SourcePosition PositionOf(CrlSelection selection, IssuedSerials issued)
    {
        string all = $"{selection.Identity} {(unlistedAreGood ? 1 : 0)} {issued.Identity}";
        return new SourcePosition(Version + Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(all))));
    }

    /// <summary>The messages of others, such as that memory ran out, say little without their name.</summary>
    private static string Describe(Exception e) => e is IOException or UnauthorizedAccessException or InvalidDataException ? e.Message : $"{e.GetType().Name}: {e.Message}";

    private sealed record Fault(SourcePosition Position, string Problem, long Since, TimeSpan Pause);
}
