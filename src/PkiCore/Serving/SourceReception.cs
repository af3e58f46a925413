using Microsoft.Extensions.Logging;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Serving;

/// <summary>Applies a source's batches to an issuer's table: one thread, the feed's.</summary>
internal sealed class SourceReception(ServedIssuer issuer, TimeProvider timeProvider, ILogger logger)
{
    private const int SerialsReported = 5;

    private readonly HashSet<SerialNumber> _refused = []; // since the last complete reading began
    private IReadOnlyList<SerialNumber> _vanished = [];
    private long _reading;
    private bool _inCompleteState;

    public void Apply(StatusBatch batch)
    {
        if (batch.Verdict != StatusVerdict.OtherHistory)
        {
            BeginReading(batch.Kind);
            long readAt = issuer.SourceState.Place(batch);
            foreach (StatusChange change in batch.Changes)
            {
                Apply(change, readAt);
            }

            EndReading(batch);
        }

        // In the middle of a reading it is not known yet what is still wrong.
        bool isPart = batch is { Kind: StatusBatchKind.CompleteState, Verdict: StatusVerdict.Current };
        string? problem = isPart ? null : Describe(batch);
        if (!isPart && issuer.SourceState.Advance(batch, problem))
        {
            LogState(problem);
        }

        issuer.Presigner.Wake();
    }

    private void BeginReading(StatusBatchKind kind)
    {
        if (kind != StatusBatchKind.Changes && !_inCompleteState)
        {
            _inCompleteState = true;
            _reading++;
            _refused.Clear();
        }
    }

    private void Apply(in StatusChange change, long readAt)
    {
        switch (issuer.Table.Apply(in change, readAt, _reading))
        {
            case StatusUpdate.Added when change.NotAfter >= timeProvider.GetUtcNow():
                issuer.Presigner.Queue.Add(change.Serial, change.Status.IsRevoked ? PresignPriority.Changed : PresignPriority.New);
                break;
            case StatusUpdate.Changed:
                issuer.Presigner.Queue.Add(change.Serial, PresignPriority.Changed);
                break;
            case StatusUpdate.Refused:
                _refused.Add(change.Serial);
                break;
        }
    }

    private void EndReading(StatusBatch batch)
    {
        if (batch.Kind == StatusBatchKind.CompleteState)
        {
            return;
        }

        // A reading that ended without its last part says nothing about what is gone.
        _inCompleteState = false;
        if (batch.Kind == StatusBatchKind.CompleteStateEnd && batch.Verdict == StatusVerdict.Current)
        {
            _vanished = issuer.Table.SweepUnseen(_reading, timeProvider.GetUtcNow());
        }
    }

    private string? Describe(StatusBatch batch)
    {
        string?[] problems =
        [
            batch.Problem,
            batch.Verdict == StatusVerdict.OtherHistory ? "the source tells another history than before; it is not followed" : null,
            _refused.Count == 0 ? null : $"ALARM: {_refused.Count} certificate(s) revoked for good are no longer revoked in the source, and stay revoked here: {List(_refused)}",
            _vanished.Count == 0 ? null : $"{_vanished.Count} unexpired certificate(s) are gone from the source and keep their last status: {List(_vanished)}",
        ];
        string all = string.Join("; ", problems.Where(problem => problem is not null));
        return all.Length == 0 ? null : all;
    }

    private void LogState(string? problem)
    {
        if (problem is null)
        {
            Log.SourceState(logger, issuer.Issuer.Name, issuer.Source.Name, "read and up to date");
        }
        else
        {
            Log.SourceProblem(logger, issuer.Issuer.Name, issuer.Source.Name, problem);
        }
    }

    private static string List(IReadOnlyCollection<SerialNumber> serials) =>
        string.Join(", ", serials.Take(SerialsReported)) + (serials.Count > SerialsReported ? ", ..." : "");
}
