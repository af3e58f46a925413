using System.Numerics;
using Microsoft.Extensions.Logging;
using PkiCore.Crl;
using PkiCore.Crl.Issuing;
using PkiCore.Galera.Writing;
using PkiCore.IO;
using PkiCore.X509;

#pragma warning disable CA1416 // Validate platform compatibility: receivers are made on systems with links

namespace PkiCore.Galera.Crls;

/// <summary>
/// Follows the publications of one CA in the database, and lets a folder's link <c>current</c> name the last one: once all its files are there, have the announced
/// hashes, and were read, verified and compared with those before, as a follower would. Whatever fails, what was there before stays. One for a folder.
/// </summary>
internal sealed class CrlReceiver : IDisposable
{
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(60);
    private static readonly CrlDatabaseLimits s_limits = new(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(5));

    private readonly CrlDatabase _database;
    private readonly CrlReceiverOptions _options;
    private readonly CrlDistributionMetrics _metrics;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly PublishingDirectory _directory;
    private readonly PublicationGate _gate;
    private readonly CrlFetch _fetch;
    private readonly SemaphoreSlim _receiving = new(1, 1);
    private Dictionary<string, ChangeDigest>? _contents; // of what is served
    private volatile PublicationKey? _served;
    private volatile string? _problem;

    /// <exception cref="IOException">The folder cannot be used.</exception>
    public CrlReceiver(CrlDatabase database, Issuer issuer, CrlReceiverOptions options, HttpClient http, CrlDistributionMetrics metrics)
    {
        _database = database;
        _options = options;
        _metrics = metrics;
        _timeProvider = database.Cluster.TimeProvider;
        _logger = database.Cluster.LoggerFactory.CreateLogger<CrlReceiver>();
        _directory = new PublishingDirectory(options.Directory);
        _gate = new PublicationGate(issuer, new CrlPublisherOptions());
        _fetch = new CrlFetch(database, http);
    }

    /// <summary>Which publication is served; <see langword="null"/> before it is known whether what is there is one of those in the database.</summary>
    public PublicationKey? Served => _served;

    /// <summary>Why the last publication is not served, or nobody knows which it is; <see langword="null"/> when nothing is wrong.</summary>
    public string? Problem => _problem;

    /// <summary>Follows the publications until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        TimeSpan pause = _options.Interval;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await ReceiveAsync(cancellationToken).ConfigureAwait(false);
                pause = _options.Interval;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Do not catch general exception types: whatever is wrong with one publication, the next may be right
            catch (Exception)
#pragma warning restore CA1031
            {
                pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
            }

            await Task.Delay(pause, _timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Takes over the last publication, unless it is served already.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="isCausal">Whether it is the last one of the whole cluster, and not only of what the node that is read has heard of so far.</param>
    /// <returns>Whether another one is served now.</returns>
    /// <exception cref="IOException">It could not be fetched, or the disk failed.</exception>
    /// <exception cref="InvalidDataException">It must not be served.</exception>
    public async Task<bool> ReceiveAsync(CancellationToken cancellationToken, bool isCausal = false)
    {
        await _receiving.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            bool isNew = await _database.RunAsync(s_limits, (connection, issuerId, token) => ReadAsync(connection, issuerId, isCausal, token), cancellationToken).ConfigureAwait(false) is { } manifest
                && await TakeOverAsync(manifest.Validated(), cancellationToken).ConfigureAwait(false);
            if (_problem is not null)
            {
                _problem = null;
                Log.CrlsReceivedAgain(_logger, _database.IssuerName);
            }

            return isNew;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            _metrics.Refused();
            string problem = $"the CRLs in the database are not taken over, and those before are served on: {e.Message}";
            if (_problem != problem)
            {
                Log.CrlsNotReceived(_logger, _database.IssuerName, e.Message);
            }

            _problem = problem;
            throw;
        }
        finally
        {
            _receiving.Release();
        }
    }

    /// <summary>After <see cref="RunAsync"/> has ended.</summary>
    public void Dispose() => _receiving.Dispose();

    /// <summary>One small reading as long as nothing is new.</summary>
    private async Task<CrlManifest?> ReadAsync(System.Data.Common.DbConnection connection, uint issuerId, bool isCausal, CancellationToken cancellationToken)
    {
        if (isCausal)
        {
            await CausalWait.RunAsync(connection, cancellationToken).ConfigureAwait(false);
        }

        var rows = new RowReading(connection, cancellationToken);
        PublicationKey? last = await PublicationRows.FindLastAsync(rows, issuerId).ConfigureAwait(false);
        if (last is null || last == _served)
        {
            return null;
        }

        if (_served is { } served && last.Sequence < served.Sequence && last.PublishedAt < served.PublishedAt)
        {
            return null; // this node is behind, or the database was set back: nothing goes backwards, and the next publication is above both
        }

        return new CrlManifest(last, await PublicationRows.ReadFilesAsync(rows, issuerId, last.Sequence).ConfigureAwait(false));
    }

    private async Task<bool> TakeOverAsync(CrlManifest manifest, CancellationToken cancellationToken)
    {
        long begun = _timeProvider.GetTimestamp();
        Dictionary<string, ChangeDigest> contents = _contents ??= _directory.ListCurrent().ToDictionary(name => name, name => PublicationFolder.Hash(Path.Combine(_directory.Current, name)), StringComparer.Ordinal);
        if (manifest.HasSameContents(contents))
        {
            _served = manifest.Key;
            return false;
        }

        CrlManifestFile[] changed = [.. manifest.Files.Where(file => !contents.TryGetValue(file.Name, out ChangeDigest hash) || hash != file.Sha256)];
        var others = manifest.Files.Except(changed).Select(file => file.Name).ToHashSet(StringComparer.Ordinal);
        long bytes = 0;
        string publication = _directory.Begin(_directory.FindLastNumber() + 1);
        try
        {
            foreach (CrlManifestFile file in changed)
            {
                string path = Path.Combine(publication, file.Name);
                if (!TryLink(file, path))
                {
                    await _fetch.FetchAsync(file, path, cancellationToken).ConfigureAwait(false);
                    bytes += file.Size;
                }

                var expected = new PublishedCrl(file.Number, file.IsDelta ? BigInteger.Zero : null, file.ThisUpdate, file.NextUpdate, EntryCount: null);
                _gate.CheckReceived(path, expected, Path.Combine(_directory.Current, file.Name));
            }

            _directory.Keep(publication, others.Contains);
            PublishingDirectory.Sync(publication, changed.Select(file => file.Name));
            _directory.Switch(publication);
        }
        catch
        {
            _directory.Discard(publication);
            _contents = null; // a switch may fail when it is done already
            throw;
        }

        _contents = manifest.Files.ToDictionary(file => file.Name, file => file.Sha256, StringComparer.Ordinal);
        _served = manifest.Key;
        _metrics.Received(bytes, manifest.Key.Sequence);
        TimeSpan duration = _timeProvider.GetElapsedTime(begun);
        Log.CrlsReceived(_logger, _database.IssuerName, manifest.Key.Sequence, manifest.Files.Count, changed.Length, bytes, duration);
        _options.OnSwitched?.Invoke();
        return true;
    }

    /// <summary>The publisher of this machine has the very files that it has sent.</summary>
    private bool TryLink(CrlManifestFile file, string path)
    {
        if (_options.PublishedDirectory is null)
        {
            return false;
        }

        string own = Path.Combine(_options.PublishedDirectory, PublishingDirectory.CurrentName, file.Name);
        try
        {
            if (!File.Exists(own) || new FileInfo(own).Length != file.Size)
            {
                return false;
            }

            UnixFile.CreateHardLink(own, path);
            if (PublicationFolder.Hash(path) == file.Sha256)
            {
                return true;
            }

            File.Delete(path);
            return false;
        }
        catch (IOException)
        {
            File.Delete(path);
            return false; // the publisher has gone on meanwhile
        }
    }
}
