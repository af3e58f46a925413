namespace PkiCore.Status;

/// <summary>Where revocation state comes from: an OpenSSL index, a CRL, a database.</summary>
public interface IStatusSource
{
    /// <summary>The source for people: a file, a URL, a cluster.</summary>
    string Name { get; }

    /// <summary>
    /// Follows the source for as long as it is enumerated. From the beginning, or from a position that it cannot continue, the source
    /// first delivers its complete state; then changes. An empty batch with a new watermark says that nothing has changed.
    /// </summary>
    /// <param name="from">The position of the last batch that was applied.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <returns>Batches in order. A source that cannot be read says so in a <see cref="StatusVerdict.Stale"/> batch and tries again by itself;
    /// an exception is a fault of the source's code.</returns>
    IAsyncEnumerable<StatusBatch> ReadAsync(SourcePosition from, CancellationToken cancellationToken = default);
}
