using Microsoft.Extensions.Logging;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Serving;

/// <summary>Applies a source's batches to an issuer's table: one thread, the feed's.</summary>
internal sealed class SourceReception(ServedIssuer issuer, TimeProvider timeProvider, ILogger logger)
{
    private const int SerialsReported = 5;

    private readonly HashSet<SerialNumber> _refused = []; // since the last complete reading began
    private (int Count, IReadOnlyList<SerialNumber> Examples) _vanished = (0, []);
    private readonly List<SerialNumber> _differing = []; // in the latest comparison: examples
    private int _differences;
    private bool _inCompleteState;
    private volatile string? _position;

    /// <summary>Where the source goes on after what has been applied. Not while there is an alarm, which would be forgotten: then it has to tell everything again.</summary>
    public SourcePosition Position => new(_position);

    /// <summary>Applies a batch to all variants of an issuer: no answer tells of a change before the change has killed the old answers of all.</summary>
    public static void Apply(StatusBatch batch, IReadOnlyList<ServedIssuer> variants)
    {
        foreach (ServedIssuer variant in variants)
        {
            variant.Reception.TakeChanges(batch);
        }

        foreach (ServedIssuer variant in variants)
        {
            variant.Reception.Advance(batch);
        }
    }

    private void TakeChanges(StatusBatch batch)
    {
        if (batch.Verdict != StatusVerdict.OtherHistory)
        {
            BeginReading(batch);
            ApplyChanges(batch.Changes, batch.IsComparison);
            EndReading(batch);
        }
    }

    /// <summary>Lets what was applied be signed.</summary>
    private void Advance(StatusBatch batch)
    {
        _position = batch.Verdict == StatusVerdict.OtherHistory ? _position : _refused.Count + _vanished.Count > 0 ? null : batch.Position.Value;

        // In the middle of a reading it is not known yet what is still wrong.
        bool isPart = batch is { Kind: StatusBatchKind.CompleteState, Verdict: StatusVerdict.Current };
        string? problem = isPart ? null : Describe(batch);
        if (!isPart && issuer.SourceState.Advance(batch, issuer.Table.LastChange, problem, timeProvider.GetUtcNow()) && !issuer.IsAlternate)
        {
            LogState(problem);
        }

        issuer.UpdateGate();
        issuer.Presigner.Wake();
    }

    private void BeginReading(StatusBatch batch)
    {
        if (batch.Kind != StatusBatchKind.Changes && !_inCompleteState)
        {
            if (batch.IsComparison)
            {
                _differences = 0;
                _differing.Clear();
            }
            else
            {
                _refused.Clear(); // a comparison tells again what was refused; and if it does not come to its end, that is not forgotten
            }

            _inCompleteState = true;
            issuer.Table.BeginReading();
        }
    }

    private void ApplyChanges(IReadOnlyList<StatusChange> changes, bool isComparison = false)
    {
        if (changes.Count > 0)
        {
            issuer.Table.BeginChanges();
        }

        long appliedAt = timeProvider.GetTimestamp();
        var work = new LongWork(itemsToALook: 16);
        foreach (StatusChange change in changes)
        {
            work.Next();
            StatusUpdate update = issuer.Table.Apply(in change, out uint slot);
            switch (update)
            {
                case StatusUpdate.Added when change.Status.IsRevoked && issuer.SourceState.IsLoaded:
                case StatusUpdate.Changed:
                    issuer.Presigner.Queue.AddChanged(new Changed(slot, issuer.Table.LastChange, appliedAt));
                    break;
            }

            if (isComparison && update is StatusUpdate.Added or StatusUpdate.Changed)
            {
                NoteDifference(change.Serial);
            }

            if (update == StatusUpdate.Refused)
            {
                _refused.Add(change.Serial);
            }
            else
            {
                _refused.Remove(change.Serial); // a hold that is told again, and then what made it final
            }
        }
    }

    private void NoteDifference(in SerialNumber serial)
    {
        _differences++;
        if (_differing.Count < SerialsReported)
        {
            _differing.Add(serial);
        }
    }

    private void EndReading(StatusBatch batch)
    {
        if (batch.Kind != StatusBatchKind.CompleteState && _inCompleteState)
        {
            // A reading that ended without its last part says nothing about what is gone.
            _inCompleteState = false;
            bool isComplete = batch.Kind == StatusBatchKind.CompleteStateEnd && batch.Verdict == StatusVerdict.Current;
            bool unnamedAreGood = isComplete && batch.UnnamedAreGood; // then they are not gone, but stay as they are or are released
            ApplyChanges(unnamedAreGood ? issuer.Table.FindUnnamedHolds() : []);
            bool isCrl = batch.ValidUntil is not null; // only what rests on CRLs has an end
            (int Count, IReadOnlyList<SerialNumber> Examples) vanished =
                issuer.Table.EndReading(isComplete && !unnamedAreGood, timeProvider.GetUtcNow(), SerialsReported, dropsRevoked: isCrl);
            _vanished = isComplete ? vanished : _vanished;
        }
    }

    private string? Describe(StatusBatch batch)
    {
        string?[] problems =
        [
            batch.Problem,
            batch.Verdict == StatusVerdict.OtherHistory ? "the source tells another history than before; it is not followed" : null,
            _refused.Count == 0 ? null : $"ALARM: {_refused.Count} certificate(s) revoked for good are no longer revoked in the source, and stay revoked here: {List(_refused, _refused.Count)}",
            _differences == 0 ? null : $"ALARM: {_differences} certificate(s) were not as the source has them although all its changes had been read, and were put right: {List(_differing, _differences)}",
            _vanished.Count == 0 ? null : $"{_vanished.Count} unexpired certificate(s) are gone from the source and keep their last status: {List(_vanished.Examples, _vanished.Count)}",
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

    private static string List(IEnumerable<SerialNumber> serials, int count) =>
        string.Join(", ", serials.Take(SerialsReported)) + (count > SerialsReported ? ", ..." : "");
}
