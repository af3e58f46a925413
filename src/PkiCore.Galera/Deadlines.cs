namespace PkiCore.Galera;

/// <summary>Work on a node that has to be finished in time.</summary>
internal static class Deadlines
{
    /// <summary>Carries out work on a node; when it takes too long, it is cancelled.</summary>
    /// <exception cref="TimeoutException">It took too long; the message is <paramref name="late"/>.</exception>
    public static async Task<T> WithinAsync<T>(this GaleraCluster cluster, TimeSpan timeout, string late, Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, cluster.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await work(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(late, e);
        }
    }
}
