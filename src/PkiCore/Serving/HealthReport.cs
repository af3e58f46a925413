namespace PkiCore.Serving;

/// <summary>Looks at everything there is about one issuer.</summary>
internal static class HealthReport
{
    public static IssuerHealth Of(ServedIssuer issuer, DateTimeOffset now)
    {
        string? failure = issuer.SignerProblem;
        string? partial = issuer.Identity?.Problem; // the signer may go on in spite of it
        if (failure is not null && partial is not null && failure.Contains(partial, StringComparison.Ordinal))
        {
            partial = null;
        }

        AnswerCounts answers = issuer.CountAnswers(now);
        bool canSign = failure is null && issuer.SourceState.TryGetFreshReading(now, out _);
        bool isSettled = issuer.SourceState.IsSettled && !issuer.Gate.IsAboutToOpen;
        string? closed = isSettled && !issuer.Gate.IsOpen ? "the answers of the snapshot are not served before the source has been read" : null;
        string? snapshot = issuer.Snapshots?.Problem;
        string?[] problems = issuer.IsAlternate
            ? [Of(issuer, failure), Of(issuer, partial), Of(issuer, snapshot)]
            : [issuer.SourceState.FindProblem(now), closed, failure, partial, snapshot];
        return new IssuerHealth
        {
            Name = issuer.Issuer.Name,
            Key = issuer.Key,
            Source = issuer.Source.Name,
            IsSettled = isSettled,
            CanAnswer = issuer.Gate.IsOpen && (canSign || answers.Usable > 0),
            Watermark = issuer.SourceState.Watermark,
            Certificates = issuer.Table.Count,
            Revoked = issuer.Table.RevokedCount,
            WaitingToBeSigned = issuer.Table.WaitingCount + answers.Due,
            Due = answers.Due,
            Late = issuer.WaitingTime.CountLate() + answers.Late,
            TableBytes = issuer.Table.Bytes,
            TableLoadFactor = issuer.Table.LoadFactor,
            OldestAnswer = answers.Oldest?.ProducedAt,
            SignerNotAfter = issuer.Identity?.NotAfter,
            Algorithm = issuer.Identity?.Algorithm.Name,
            IsAlternate = issuer.IsAlternate,
            LiveQueueLength = issuer.LiveSigner.QueueLength,
            ThreadsWrittenOff = issuer.ThreadsWrittenOff,
            Problems = [.. problems.OfType<string>()],
        };
    }

    /// <summary>What concerns an alternate alone is told as such; of the source the primary tells.</summary>
    private static string? Of(ServedIssuer alternate, string? problem) => problem is null ? null : $"alternate signer ({alternate.Identity?.Algorithm}): {problem}";
}
