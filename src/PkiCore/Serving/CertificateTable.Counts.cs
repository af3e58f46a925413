using PkiCore.Serving.Storage;

namespace PkiCore.Serving;

/// <content>How many certificates there are of a kind: by their batches, never by looking at each.</content>
internal sealed unsafe partial class CertificateTable
{
    /// <summary>How many certificates have answers that are to be signed again.</summary>
    public int CountDue(DateTimeOffset now, SourceReading reading = default) => Sum(batch => batch.IsDue(now, now, in reading));

    /// <summary>How many certificates have answers that may be served.</summary>
    public int CountUsable(DateTimeOffset now) => Sum(batch => batch.IsUsable(now));

    /// <summary>How many certificates wait to be signed, and how many have ceased to since the start.</summary>
    public (int Waiting, long Left) CountWaiting()
    {
        lock (_writing)
        {
            RecordGroup waiting = _records.Groups[RecordGroups.Waiting];
            return (waiting.Count, waiting.Left);
        }
    }

    /// <summary>Counts the answers that are signed.</summary>
    public AnswerCounts CountAnswers(DateTimeOffset now, SigningTerms terms, in SourceReading reading)
    {
        AnswerCounts counts = default;
        lock (_writing)
        {
            foreach (uint group in _records.Groups.OfBatches)
            {
                counts = counts.With(_records.Groups.FindBatch(group)!, _records.Groups[group].Count, now, terms, in reading);
            }
        }

        return counts;
    }

    /// <summary>The batch that was signed first, of those of which records are left.</summary>
    public SigningBatch? FindOldestBatch()
    {
        lock (_writing)
        {
            return _records.Groups.OfBatches.Select(group => _records.Groups.FindBatch(group)!).MinBy(batch => batch.ProducedAt);
        }
    }

    private int Sum(Func<SigningBatch, bool> isCounted)
    {
        lock (_writing)
        {
            return _records.Groups.OfBatches.Where(group => isCounted(_records.Groups.FindBatch(group)!)).Sum(group => _records.Groups[group].Count);
        }
    }
}
