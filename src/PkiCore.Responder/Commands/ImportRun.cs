using PkiCore.Galera;
using PkiCore.Responder.Configuration;
using PkiCore.Status;

namespace PkiCore.Responder.Commands;

/// <summary>Takes what another source says of certificates over into the database, part by part, and counts what became of it.</summary>
internal sealed class ImportRun(DatabaseSession session, string purpose, bool isDryRun)
{
    /// <summary>Several transactions, so that the store need not wait for the next lines.</summary>
    private const int PartSize = 10_000;

    private readonly SortedDictionary<RevocationOutcome, long> _counts = [];
    private long _repeated;

    /// <summary>How many have been taken over.</summary>
    public long Count { get; private set; }

    /// <param name="states">What the source says.</param>
    /// <param name="taken">Is told of each part.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task TakeAsync(IEnumerable<StatusChange> states, Action<IReadOnlyList<RevocationResult>> taken, CancellationToken cancellationToken)
    {
        foreach (StatusChange[] part in states.Chunk(PartSize))
        {
            RevocationOperation[] operations = [.. part.Select(state => RevocationOperation.Import(state) with { OperationId = OperationIds.Of(purpose, session.Issuer, state) })];
            IReadOnlyList<RevocationResult> results = await ApplyAsync(operations, cancellationToken).ConfigureAwait(false);
            Count += part.Length;
            _repeated += results.Count(result => result.IsRepeated);
            foreach (RevocationResult result in results)
            {
                RevocationOutcome outcome = result.IsRepeated ? RevocationOutcome.AlreadyIssued : result.Outcome;
                _counts[outcome] = _counts.GetValueOrDefault(outcome) + 1;
            }

            taken(results);
        }
    }

    /// <summary>The store speaks of these operations alone: those before them have been done.</summary>
    private async Task<IReadOnlyList<RevocationResult>> ApplyAsync(RevocationOperation[] operations, CancellationToken cancellationToken)
    {
        try
        {
            return await session.ApplyAsync(operations, isDryRun, cancellationToken).ConfigureAwait(false);
        }
        catch (RevocationStoreException e) when (!isDryRun && Count > 0)
        {
            throw new ConfigurationException(FormattableString.Invariant($"{Count:N0} certificates had been taken over, then this happened to the next ones: {e.Message} Run it again: what is done is not done twice."), e);
        }
    }

    /// <summary>The counts in one line.</summary>
    public string Describe()
    {
        string counts = string.Join(", ", _counts.Select(count => FormattableString.Invariant($"{count.Value:N0} {OutcomeText.Describe(count.Key)}")));
        return FormattableString.Invariant($"{Count:N0} certificates{(isDryRun ? ", nothing changed; it would be" : "")}: {(counts.Length > 0 ? counts : "none")}{(_repeated > 0 ? $" ({_repeated:N0} by an earlier run)" : "")}");
    }
}
