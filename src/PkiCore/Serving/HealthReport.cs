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

        bool canSign = failure is null && issuer.SourceState.TryGetFreshWatermark(now, out _, out _);
        string? snapshot = issuer.Snapshots?.Problem;
        string?[] problems = issuer.IsAlternate ? [Of(issuer, failure), Of(issuer, partial), Of(issuer, snapshot)] : [issuer.SourceState.FindProblem(now), failure, partial, snapshot];
        return new IssuerHealth
        {
            Name = issuer.Issuer.Name,
            Key = issuer.Key,
            Source = issuer.Source.Name,
            IsSettled = issuer.SourceState.IsSettled && issuer.Gate.IsOpen,
            CanAnswer = canSign || issuer.Table.CountUsable(now) > 0,
            Watermark = issuer.SourceState.Watermark,
            Certificates = issuer.Table.Count,
            Revoked = issuer.Table.RevokedCount,
            WaitingToBeSigned = issuer.Presigner.UnfinishedCount,
            TableBytes = issuer.Table.Bytes,
            TableLoadFactor = issuer.Table.LoadFactor,
            OldestAnswer = issuer.Table.FindOldestBatch()?.ProducedAt,
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
