namespace PkiCore.Galera.Writing;

/// <summary>How long to wait before the next try: a random time, so that those who met do not meet again.</summary>
internal sealed class RetryPause(TimeProvider timeProvider)
{
    private static readonly TimeSpan s_firstAfterConflict = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan s_mostAfterConflict = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_firstAfterTrouble = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_mostAfterTrouble = TimeSpan.FromSeconds(1);

    public Task AfterConflictAsync(int attempt, CancellationToken cancellationToken) => WaitAsync(s_firstAfterConflict, s_mostAfterConflict, attempt, cancellationToken);

    public Task AfterTroubleAsync(int attempt, CancellationToken cancellationToken) => WaitAsync(s_firstAfterTrouble, s_mostAfterTrouble, attempt, cancellationToken);

    private Task WaitAsync(TimeSpan first, TimeSpan most, int attempt, CancellationToken cancellationToken)
    {
        TimeSpan limit = first * Math.Pow(2, Math.Min(attempt, 10));
#pragma warning disable CA5394 // Do not use insecure randomness: it only spreads the tries
        TimeSpan pause = (limit < most ? limit : most) * Random.Shared.NextDouble();
#pragma warning restore CA5394
        return Task.Delay(pause, timeProvider, cancellationToken);
    }
}
