using Microsoft.Extensions.Logging;
using PkiCore.Crl.Files;

namespace PkiCore.Galera.Crls;

/// <summary>
/// Puts what a publisher has published into the database, for all edges: contents first, part by part, and then all files together in one transaction, which proves
/// the lease. Until that, no edge sees anything of it. One at a time for a folder.
/// </summary>
internal sealed class CrlSender(CrlDatabase database, PublisherLease lease, CrlSenderOptions options, CrlDistributionMetrics metrics)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(10);
    private static readonly CrlDatabaseLimits s_limits = new(TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(30));

    private readonly TimeProvider _timeProvider = database.Cluster.TimeProvider;
    private readonly ILogger _logger = database.Cluster.LoggerFactory.CreateLogger<CrlSender>();
    private readonly PublicationFolder _folder = new(options.Directory);
    private CrlPlace? _sent;
    private volatile string? _problem;

    /// <summary>Why what is published here is not what edges serve; <see langword="null"/> when nothing is wrong.</summary>
    public string? Problem => _problem;

    /// <summary>Sends what is published, again and again, until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        TimeSpan pause = s_interval;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await SendAsync(cancellationToken).ConfigureAwait(false);
                pause = s_interval;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Do not catch general exception types: whatever it is, the next publication must not suffer from it
            catch (Exception e)
#pragma warning restore CA1031
            {
                Tell(e);
                pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
            }

            await Task.Delay(pause, _timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Sends what is published now, unless that was sent.</summary>
    /// <returns>The publication that edges serve with these files; <see langword="null"/> when there was nothing new.</returns>
    /// <exception cref="IOException">It could not be sent; the message says why.</exception>
    /// <exception cref="InvalidDataException">It must not be sent.</exception>
    public async Task<PublicationKey?> SendAsync(CancellationToken cancellationToken)
    {
        if (_folder.Find() is not { } place || place == _sent)
        {
            return null;
        }

        LeaseTerm term = lease.Term ?? throw new IOException($"the lease is not held; {lease.Status}");
        database.RequireDataNodes();
        long begun = _timeProvider.GetTimestamp();
        CrlManifestFile[] files = [.. _folder.Describe(place).Select(Locate)];
        long bytes = 0;
        foreach (CrlManifestFile file in files.Where(file => file.Location is null).DistinctBy(file => file.Sha256))
        {
            bytes += await SendContentsAsync(Path.Combine(place.Path, file.Name), file, cancellationToken).ConfigureAwait(false);
        }

        (PublicationKey key, bool isNew) = await database.ChangeAsync(s_limits, [.. PublicationRows.Adding(files.Length), Chunks.List, LeaseRow.RaiseBeat], transaction => PublishAsync(transaction, term, files), cancellationToken).ConfigureAwait(false);
        _sent = place;
        if (isNew)
        {
            metrics.Sent(bytes);
            System.Numerics.BigInteger highest = files.Max(file => file.Number);
            TimeSpan duration = _timeProvider.GetElapsedTime(begun);
            Log.CrlsSent(_logger, database.IssuerName, key.Sequence, files.Length, highest, bytes, duration);
        }

        _problem = null;
        try
        {
            await PublicationPruning.PruneAsync(database, term, options.KeptPublications, s_limits, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            Log.CrlsNotPruned(_logger, database.IssuerName, e.Message); // the next publication tries again
        }

        return key;
    }

    private CrlManifestFile Locate(CrlManifestFile file) =>
        file.Size <= options.MaxStoredSize ? file
        : options.Location.Length > 0 ? file with { Location = $"{options.Location.TrimEnd('/')}/{file.Name}" }
        : throw new InvalidDataException($"{file.Name} has {file.Size} bytes, more than the {options.MaxStoredSize} that the database is to hold, and no setting says where else edges can fetch it");

    private async Task<long> SendContentsAsync(string path, CrlManifestFile file, CancellationToken cancellationToken)
    {
        HashSet<int> there = await database.RunAsync(s_limits, (connection, issuerId, token) => Chunks.ListAsync(new RowReading(connection, token), issuerId, file.Sha256), cancellationToken).ConfigureAwait(false);
        int count = Chunks.CountOf(file.Size);
        if (there.Count == count)
        {
            return 0;
        }

        using var contents = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        long sent = 0;
        for (int part = 0; part < count; part++)
        {
            if (there.Contains(part))
            {
                continue; // an earlier try was interrupted
            }

            byte[] data = new byte[Chunks.LengthOf(file.Size, part)];
            if (await RandomAccess.ReadAsync(contents, data, (long)part * Chunks.Size, cancellationToken).ConfigureAwait(false) != data.Length)
            {
                throw new IOException($"{file.Name} has changed while it was read");
            }

            if (await Chunks.WaitForRoomAsync(database.Cluster, cancellationToken).ConfigureAwait(false))
            {
                metrics.Paced();
            }

            _ = lease.Term ?? throw new IOException($"the lease was lost while {file.Name} was sent; {lease.Status}");
            int number = part;
            await database.RunAsync(s_limits, (connection, issuerId, token) => Chunks.AddAsync(connection, issuerId, file.Sha256, number, data, token), cancellationToken).ConfigureAwait(false);
            sent += data.Length;
        }

        return sent;
    }

    /// <summary>Makes everything visible at once, if this is still the publisher and nothing goes backwards.</summary>
    private async Task<((PublicationKey Key, bool IsNew) Result, bool IsChange)> PublishAsync(CrlTransaction transaction, LeaseTerm term, IReadOnlyList<CrlManifestFile> files)
    {
        PublicationKey? last = await PublicationRows.FindLastAsync(transaction, transaction.IssuerId).ConfigureAwait(false);
        Dictionary<string, CrlManifestFile> before = last is null ? []
            : (await PublicationRows.ReadFilesAsync(transaction, transaction.IssuerId, last.Sequence).ConfigureAwait(false)).ToDictionary(file => file.Name);
        var key = new PublicationKey((last?.Sequence ?? 0) + 1, term.Epoch, Time.ToMicroseconds(_timeProvider.GetUtcNow()));
        if (last is not null && new CrlManifest(last, files).HasSameContents(before.ToDictionary(file => file.Key, file => file.Value.Sha256)))
        {
            return ((last, false), false); // sent before a restart, or by a transaction whose outcome was not known
        }

        foreach (CrlManifestFile file in files)
        {
            if (before.TryGetValue(file.Name, out CrlManifestFile? old) && (file.Number < old.Number || (file.Number == old.Number && file.Sha256 != old.Sha256)))
            {
                throw new InvalidDataException($"{file.Name} has the number {file.Number}, and edges serve {old.Number} of it already: another publisher was here; the next CRL is higher");
            }

            bool isNew = old is null || old.Sha256 != file.Sha256;
            if (isNew && file.Location is null
                && (await Chunks.ListAsync(transaction, transaction.IssuerId, file.Sha256).ConfigureAwait(false)).Count != Chunks.CountOf(file.Size))
            {
                throw new InvalidDataException($"parts of {file.Name} are gone from the database again; they are sent anew");
            }
        }

        await PublicationRows.AddAsync(transaction, key, files).ConfigureAwait(false);
        await transaction.RequireAsync(term).ConfigureAwait(false);
        return ((key, true), true);
    }

    private void Tell(Exception e)
    {
        string problem = $"what is published here is not sent to the edges: {e.Message}";
        if (_problem != problem)
        {
            Log.CrlsNotSent(_logger, database.IssuerName, e.Message);
        }

        _problem = problem;
    }
}
