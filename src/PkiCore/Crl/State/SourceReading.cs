using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Crl.State;

/// <summary>How far the source of one issuer has been applied to the state of the CRLs. Not safe for use from several threads.</summary>
internal sealed class SourceReading
{
    private const int SerialsReported = 5;

    private readonly HashSet<SerialNumber> _refused = []; // since the last complete reading began
    private readonly HashSet<SerialNumber> _misplaced = []; // likewise
    private readonly Dictionary<SerialNumber, StatusChange> _early = []; // see Tell
    private bool _inCompleteState;
    private bool _isLoaded;
    private string? _problem = "the source has not been read yet";

    /// <summary>Where the source goes on. Nowhere while there is an alarm, which would be forgotten: then it has to tell everything again.</summary>
    public SourcePosition Position { get; private set; }

    /// <summary>"True as of"; <see langword="null"/> before everything is known.</summary>
    public DateTimeOffset? Watermark { get; private set; }

    /// <summary>Until when what the source says may be relied on, where it says so.</summary>
    public DateTimeOffset? ValidUntil { get; private set; }

    /// <summary>What is wrong with the source; <see langword="null"/> when nothing is.</summary>
    public string? Problem
    {
        get
        {
            string?[] problems =
            [
                _problem,
                Describe(_refused, "revoked for good are no longer revoked in the source, and stay on the CRL"),
                Describe(_misplaced, "are revoked, and on no CRL: the source puts them into a shard that there is not, or no CRL is about their kind"),
            ];
            string all = string.Join("; ", problems.OfType<string>());
            return all.Length == 0 ? null : all;
        }
    }

    private bool HasAlarm => _refused.Count + _misplaced.Count > 0;

    /// <summary>After a restart: everything up to here is known.</summary>
    public void Restore(SourcePosition position)
    {
        Position = position;
        _isLoaded = position.Value is not null;
    }

    public void Begin(StatusBatch batch)
    {
        if (batch.Kind != StatusBatchKind.Changes && !_inCompleteState)
        {
            _inCompleteState = true;
            if (!batch.IsComparison) // it tells again what was refused; and if it does not come to its end, that is not forgotten
            {
                _refused.Clear();
                _misplaced.Clear();
            }
        }
    }

    /// <summary>
    /// What is to be applied now. No entry may be later than thisUpdate (CF-13), so a revocation that is read before it is known as of when it is true gets the date
    /// of the reading before, which may be hours older; once its own date may be told, it comes again.
    /// </summary>
    /// <param name="changes">The changes of a batch.</param>
    /// <param name="asOf">No entry is later.</param>
    public IEnumerable<StatusChange> Tell(IReadOnlyList<StatusChange> changes, DateTimeOffset asOf)
    {
        foreach (StatusChange due in _early.Values.Where(change => change.Status.RevocationTime <= asOf).ToList())
        {
            _early.Remove(due.Serial);
            yield return due;
        }

        foreach (StatusChange change in changes)
        {
            if (change.Status.RevocationTime > asOf)
            {
                _early[change.Serial] = change;
            }
            else if (_early.Count > 0)
            {
                _early.Remove(change.Serial);
            }

            yield return change;
        }
    }

    /// <summary>Takes note of a change that would undo a revocation that is for good, or of one that would not.</summary>
    public void Refuse(in SerialNumber serial, bool isRefused) => Mark(_refused, in serial, isRefused);

    /// <summary>Takes note of a revoked certificate that has no place on any CRL, or of one that has.</summary>
    public void Misplace(in SerialNumber serial, bool isMisplaced) => Mark(_misplaced, in serial, isMisplaced);

    /// <summary>Takes note of a batch whose changes have been applied.</summary>
    /// <returns>Whether the position is another one now.</returns>
    public bool End(StatusBatch batch)
    {
        _problem = batch.Verdict == StatusVerdict.OtherHistory ? batch.Problem ?? "the source tells another history than before; it is not followed"
            : batch.Kind == StatusBatchKind.CompleteState && batch.Verdict == StatusVerdict.Current ? _problem : batch.Problem;
        if (batch.Verdict == StatusVerdict.OtherHistory)
        {
            return false;
        }

        if (batch.Kind != StatusBatchKind.CompleteState)
        {
            _inCompleteState = false;
            if (batch.Verdict == StatusVerdict.Current && (batch.Kind == StatusBatchKind.CompleteStateEnd || _isLoaded))
            {
                _isLoaded = true;
                (Watermark, ValidUntil) = (batch.Watermark, batch.ValidUntil);
            }
        }

        SourcePosition position = HasAlarm ? default : batch.Position;
        bool isOther = position != Position;
        Position = position;
        return isOther;
    }

    private static void Mark(HashSet<SerialNumber> marked, in SerialNumber serial, bool isMarked)
    {
        if (isMarked)
        {
            marked.Add(serial);
        }
        else if (marked.Count > 0)
        {
            marked.Remove(serial);
        }
    }

    private static string? Describe(HashSet<SerialNumber> serials, string what) => serials.Count == 0 ? null
        : $"ALARM: {serials.Count} certificate(s) {what}: {string.Join(", ", serials.Take(SerialsReported))}{(serials.Count > SerialsReported ? ", ..." : "")}";
}
