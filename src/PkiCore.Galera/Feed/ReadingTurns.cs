namespace PkiCore.Galera.Feed;

/// <summary>
/// Lets a few sources read at a time, and the others wait: there may be hundreds of CAs, and a pool that is used up would look like a node that has failed, one node
/// after the other. With the connections that stay open this is less than a pool of ten.
/// </summary>
#pragma warning disable CA1001 // Types that own disposable fields should be disposable: without its wait handle a SemaphoreSlim has nothing to dispose, and readers may outlive the cluster
internal sealed class ReadingTurns
#pragma warning restore CA1001
{
    private const int AtATime = 3;

    /// <summary>Readings of a complete state: long ones, which also are a load for the node.</summary>
    public SemaphoreSlim CompleteReadings { get; } = new(AtATime);

    /// <summary>Readings of a page of changes, which wait for no complete state.</summary>
    public SemaphoreSlim Pages { get; } = new(AtATime);
}
