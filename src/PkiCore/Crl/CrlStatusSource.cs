using System.Runtime.CompilerServices;
using PkiCore.Crl.Following;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Crl;

/// <summary>CRLs as a status source: one file, or a directory with files <c>*.crl</c>, in DER or PEM, complete CRLs and delta CRLs, by scope or by shard, in any mix.</summary>
/// <remarks>
/// <para>It is polled, by path each time: the path may be a link that is switched to another directory.</para>
/// <para>A CRL counts when the issuer's certificate signs it, or that of one of <see cref="CrlStatusSourceOptions.CrlIssuers"/>; those about certificates of others are
/// passed over. The CRLs in a directory are taken together: the source cannot know which certificate belongs to which scope, so together they speak as of the earliest
/// thisUpdate and hold until the earliest nextUpdate. A delta CRL is combined with its base (RFC 5280 5.2.4); the combination has the delta's times.</para>
/// <para>Nothing is taken by halves. While any CRL that may concern the issuer cannot be read, is not genuine, has expired, says no nextUpdate, is older than the one used
/// before, or is gone before its time was up, what was read before goes on to hold until its end, and the batches are <see cref="StatusVerdict.Stale"/> and say
/// why. After a change of scopes, once the CRLs of the scopes before have expired, holds that are gone are not released: nobody may be speaking of them any more.</para>
/// <para>A certificate that leaves the list was on hold and is good now, or has expired and stays revoked. What is not listed is unknown unless the settings say
/// more. The end of certificates' validity is not known.</para>
/// <para>Each enumeration keeps its own state, some 60 bytes for each entry and twice that while a new CRL is read, so one source may be enumerated several times.</para>
/// </remarks>
public sealed class CrlStatusSource : IStatusSource
{
    private readonly CrlAuthorities _authorities;
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _pollInterval;
    private readonly bool _unlistedAreGood;
    private readonly string? _issuedSerialsFile;

    /// <summary>Makes a source. Nothing is read yet.</summary>
    /// <param name="issuer">Whose certificates the CRLs are about.</param>
    /// <param name="path">The CRL, or the directory. It need not be there yet.</param>
    /// <param name="options">Settings; <see langword="null"/> for the defaults.</param>
    /// <param name="timeProvider">The clock; the system's by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">The poll interval is not positive.</exception>
    public CrlStatusSource(Issuer issuer, string path, CrlStatusSourceOptions? options = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(issuer);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new CrlStatusSourceOptions();
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.PollInterval, TimeSpan.Zero, nameof(options));
        Name = path;
        _authorities = new CrlAuthorities(issuer, options.CrlIssuers);
        _timeProvider = timeProvider ?? TimeProvider.System;
        (_pollInterval, _unlistedAreGood, _issuedSerialsFile) = (options.PollInterval, options.UnlistedAreGood, options.IssuedSerialsFile);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    /// <remarks>CRLs have no history, so an enumeration begins with the complete state; unless it starts from a position that names the CRLs as they are now: then with a
    /// batch that says that nothing has changed.</remarks>
    public async IAsyncEnumerable<StatusBatch> ReadAsync(SourcePosition from, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield(); // reading blocks: not on the caller's thread
        var reading = new CrlSetReading(Name, _authorities, _issuedSerialsFile, _unlistedAreGood, from, _timeProvider);
        using var timer = new PeriodicTimer(_pollInterval, _timeProvider);
        do
        {
            foreach (StatusBatch batch in reading.Poll())
            {
                yield return batch;
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
    }
}
