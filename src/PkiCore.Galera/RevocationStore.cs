using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PkiCore.Galera.Writing;
using PkiCore.X509;

namespace PkiCore.Galera;

/// <summary>
/// Changes the state of certificates in a cluster: issues, revokes, holds, releases. Calls at the same time share transactions. What has returned is committed on
/// the cluster; what is sent twice with the same operation id is done once. Safe for use from several threads.
/// </summary>
/// <remarks>A call that changes nothing says so as of a time after it began. At most one of two contradicting calls at the same time succeeds.</remarks>
public sealed class RevocationStore : IAsyncDisposable
{
    private readonly StoreContext _context;
    private readonly ConcurrentDictionary<string, IssuerWriter> _writers = new();
    private readonly Lock _lock = new();
    private volatile bool _isClosed;

    /// <summary>Takes a cluster, which lives on.</summary>
    /// <param name="cluster">The cluster; it has to be started.</param>
    /// <param name="options">How changes are written.</param>
    /// <exception cref="ArgumentException">An option cannot be.</exception>
    public RevocationStore(GaleraCluster cluster, RevocationStoreOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        options = (options ?? new RevocationStoreOptions()).Validated();
        _context = new StoreContext(cluster, options, new WriteMetrics(options.MeterFactory), cluster.LoggerFactory.CreateLogger<RevocationStore>());
    }

    /// <summary>Makes a CA known to the database, unless it is.</summary>
    /// <exception cref="RevocationStoreException">It could not be done.</exception>
    public Task RegisterIssuerAsync(Issuer issuer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(issuer);
        return NodeCall.RunAsync(_context.Cluster, _context.Options, async (connection, token) =>
        {
            if (await IssuerRows.FindAsync(connection, issuer, token).ConfigureAwait(false) is null)
            {
                await IssuerRows.AddAsync(connection, issuer, RandomNumberGenerator.GetBytes(ChangeDigest.Length), token).ConfigureAwait(false);
                uint? id = await IssuerRows.FindAsync(connection, issuer, token).ConfigureAwait(false);
                Log.Registered(_context.Logger, issuer.Name, id ?? 0);
            }

            return true;
        }, cancellationToken);
    }

    /// <summary>Adds a certificate as good.</summary>
    public Task<RevocationResult> IssueAsync(Issuer issuer, SerialNumber serial, DateTimeOffset notAfter, CancellationToken cancellationToken = default) =>
        ApplyAsync(issuer, RevocationOperation.Issue(serial, notAfter), cancellationToken);

    /// <summary>Revokes a certificate for good. One that is revoked already stays as it is.</summary>
    public Task<RevocationResult> RevokeAsync(
        Issuer issuer, SerialNumber serial, X509RevocationReason reason = X509RevocationReason.Unspecified, CancellationToken cancellationToken = default) =>
        ApplyAsync(issuer, RevocationOperation.Revoke(serial, reason), cancellationToken);

    /// <summary>Puts a certificate on hold.</summary>
    public Task<RevocationResult> HoldAsync(Issuer issuer, SerialNumber serial, CancellationToken cancellationToken = default) =>
        ApplyAsync(issuer, RevocationOperation.Hold(serial), cancellationToken);

    /// <summary>Ends a hold.</summary>
    public Task<RevocationResult> ReleaseAsync(Issuer issuer, SerialNumber serial, CancellationToken cancellationToken = default) =>
        ApplyAsync(issuer, RevocationOperation.Release(serial), cancellationToken);

    /// <summary>Does one operation.</summary>
    /// <inheritdoc cref="ApplyAsync(Issuer, IReadOnlyList{RevocationOperation}, CancellationToken)"/>
    public async Task<RevocationResult> ApplyAsync(Issuer issuer, RevocationOperation operation, CancellationToken cancellationToken = default) =>
        (await ApplyAsync(issuer, [operation], cancellationToken).ConfigureAwait(false))[0];

    /// <summary>Does operations in their order, in transactions of at most 1,000. When one transaction fails, others may have been made, and the exception says that the outcome is unknown.</summary>
    /// <returns>What became of each.</returns>
    /// <exception cref="ArgumentException">An operation cannot be.</exception>
    /// <exception cref="RevocationStoreException">It was not done, or it is not known whether it was.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up: it is not known whether it was done.</exception>
    public async Task<IReadOnlyList<RevocationResult>> ApplyAsync(Issuer issuer, IReadOnlyList<RevocationOperation> operations, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(issuer);
        ArgumentNullException.ThrowIfNull(operations);
        foreach (RevocationOperation operation in operations)
        {
            OperationCheck.Check(operation);
        }

        if (operations.Count == 0)
        {
            return [];
        }

        DateTimeOffset now = Time.ToMicroseconds(_context.TimeProvider.GetUtcNow());
        IssuerWriter writer = await GetWriterAsync(issuer, cancellationToken).ConfigureAwait(false);
        var parts = new List<Task<IReadOnlyList<RevocationResult>>>();
        foreach (RevocationOperation[] part in operations.Chunk(IssuerWriter.MaxBatch))
        {
            parts.Add(WriteAsync(writer, new PendingWrite([.. part.Select(operation => new RequestedOperation(operation, now))]), cancellationToken));
        }

        return await PartResults.JoinAsync(parts).ConfigureAwait(false);
    }

    /// <summary>What operations would come to now, each thousand by itself; nothing is changed.</summary>
    internal async Task<IReadOnlyList<RevocationResult>> PreviewAsync(Issuer issuer, IReadOnlyList<RevocationOperation> operations, CancellationToken cancellationToken)
    {
        var results = new List<RevocationResult>(operations.Count);
        DateTimeOffset now = Time.ToMicroseconds(_context.TimeProvider.GetUtcNow());
        foreach (RevocationOperation[] part in operations.Chunk(IssuerWriter.MaxBatch))
        {
            Array.ForEach(part, OperationCheck.Check);
            RequestedOperation[] requested = [.. part.Select(operation => new RequestedOperation(operation, now))];
            ChangePlan? plan = await NodeCall.RunAsync(_context.Cluster, _context.Options, async (connection, token) =>
            {
                await CausalWait.RunAsync(connection, token).ConfigureAwait(false);
                var session = new SqlSession(connection);
                await using (session.ConfigureAwait(false))
                {
                    DecisionBasis? basis = await DecisionBasis.ReadAsync(session, issuer, requested, token).ConfigureAwait(false);
                    return basis is null ? null : ChangePlan.Create(basis.Head, requested, basis.Known, basis.Certificates);
                }
            }, cancellationToken).ConfigureAwait(false);
            results.AddRange(plan?.Results ?? throw new RevocationStoreException($"'{issuer.Name}' is not registered in the database."));
        }

        return results;
    }

    /// <summary>Says that the history in the database is the one to follow, for edges that refuse it.</summary>
    /// <returns>The number of its last change.</returns>
    internal Task<ulong> AcceptHistoryAsync(Issuer issuer, CancellationToken cancellationToken) => NodeCall.RunAsync(
        _context.Cluster, _context.Options, (connection, token) => IssuerRows.AcceptHistoryAsync(connection, issuer, _context.TimeProvider.GetUtcNow(), token), cancellationToken);

    /// <summary>Removes what is older than a time from the log of changes, or counts it; certificates stay as they are. For the user publisher.</summary>
    internal Task<long> PruneHistoryAsync(Issuer issuer, TimeSpan keep, bool isDryRun, CancellationToken cancellationToken)
    {
        var pruning = new HistoryPruning(_context.Cluster, _context.Options);
        return isDryRun ? pruning.CountAsync(issuer, keep, cancellationToken) : pruning.PruneAsync(issuer, keep, cancellationToken);
    }

    /// <summary>What has to be done before this program can use the database; <see langword="null"/> when nothing has.</summary>
    internal Task<string?> FindSchemaProblemAsync(CancellationToken cancellationToken) =>
        NodeCall.RunAsync(_context.Cluster, _context.Options, GaleraSchema.FindProblemAsync, cancellationToken);

    /// <summary>The number of the last change in a history.</summary>
    internal Task<ulong> ReadLastChangeAsync(Issuer issuer, CancellationToken cancellationToken) => NodeCall.RunAsync(
        _context.Cluster, _context.Options, (connection, token) => IssuerRows.ReadLastChangeAsync(connection, issuer, token), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
        }

        foreach (IssuerWriter writer in _writers.Values)
        {
            await writer.DisposeAsync().ConfigureAwait(false);
        }

        _context.Metrics.Dispose();
    }

    private async Task<IReadOnlyList<RevocationResult>> WriteAsync(IssuerWriter writer, PendingWrite write, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(_context.Options.Timeout, _context.TimeProvider);
        using CancellationTokenRegistration over = limit.Token.Register(() =>
        {
            if (write.GiveUp())
            {
                _context.Metrics.Failed(writer.Issuer, write.Count);
            }
        });
        using CancellationTokenRegistration cancelled = cancellationToken.Register(() => write.Cancel(cancellationToken));
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await writer.EnqueueAsync(write, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // There was no room in time: the registrations have said so.
        }
        catch (ChannelClosedException e)
        {
            throw new ObjectDisposedException("The revocation store was closed.", e);
        }

        return await write.Completion.ConfigureAwait(false);
    }

    /// <summary>The writer of a CA, made when it is first written to.</summary>
    private async Task<IssuerWriter> GetWriterAsync(Issuer issuer, CancellationToken cancellationToken)
    {
        string key = Convert.ToHexString(issuer.GetNameHash(CertIdHash.Sha256)) + Convert.ToHexString(issuer.GetKeyHash(CertIdHash.Sha256));
        ObjectDisposedException.ThrowIf(_isClosed, this);
        if (_writers.TryGetValue(key, out IssuerWriter? writer))
        {
            return writer;
        }

        bool isThere = await NodeCall.RunAsync(_context.Cluster, _context.Options, async (connection, token) => await IssuerRows.FindCausallyAsync(connection, issuer, token).ConfigureAwait(false) is not null, cancellationToken).ConfigureAwait(false);
        if (!isThere)
        {
            throw new RevocationStoreException($"'{issuer.Name}' is not registered in the database.");
        }

        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            return _writers.GetOrAdd(key, _ => new IssuerWriter(_context, issuer));
        }
    }
}
