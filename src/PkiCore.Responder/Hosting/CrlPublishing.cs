using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PkiCore.AspNetCore;
using PkiCore.Crl;
using PkiCore.Galera;
using PkiCore.Signing;
using PkiCore.Status;

namespace PkiCore.Responder.Hosting;

/// <summary>
/// Publishes and serves the CRLs of those CAs of which that is wanted. A fault of one stops neither the others nor OCSP (architecture rule 10).
/// <see cref="ApplyAsync"/> is for one thread at a time, all else for any.
/// </summary>
internal sealed class CrlPublishing(
    ResponderPlan plan, EdgeCluster edgeCluster, PublisherCluster publisherCluster, TimeProvider timeProvider, ILoggerFactory loggerFactory, IMeterFactory meterFactory) : IAsyncDisposable
{
    private const string Extension = ".crl";

    private readonly CrlHttpMetrics _metrics = new(meterFactory, timeProvider);
    private readonly Dictionary<string, CrlStore> _stores = []; // by directory: a store outlives the publishers
    private volatile IReadOnlyList<IIssuerCrls> _all = [];
    private volatile FrozenDictionary<string, CrlHttpHandler> _handlers = FrozenDictionary<string, CrlHttpHandler>.Empty;

    /// <summary>Whether another try is due.</summary>
    public bool HasFaults => _all.Any(crls => crls.Fault is not null);

    public IReadOnlyList<CrlHealth> GetHealth() => [.. _all.Select(crls => crls.GetHealth())];

    /// <summary>What answers a request, if it is for a CRL. None for OCSP is: base64 has no dot.</summary>
    public CrlHttpHandler? Find(HttpContext context)
    {
        FrozenDictionary<string, CrlHttpHandler> handlers = _handlers;
        string path = handlers.Count == 0 ? "" : context.Request.Path.Value ?? "";
        return path.EndsWith(Extension, StringComparison.Ordinal)
            && handlers.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(path.AsSpan(0, path.LastIndexOf('/')), out CrlHttpHandler? handler) ? handler : null;
    }

    /// <summary>Brings the publishers in line with what is wanted. One that changes ends before its successor begins: a folder has one publisher. No disk is waited for without a limit.</summary>
    public async Task ApplyAsync(IEnumerable<LoadedIssuer> issuers)
    {
        CrlWork[] wanted = [.. issuers.Select(Describe).OfType<CrlWork>()];
        Dictionary<string, IIssuerCrls> kept = _all.Where(crls => crls.Fault is null && wanted.Any(work => work.Description == crls.Work.Description)).ToDictionary(crls => crls.Work.Description);
        IIssuerCrls[] gone = [.. _all.Except(kept.Values)];
        await Task.WhenAll(gone.Select(crls => crls.DisposeAsync().AsTask())).ConfigureAwait(false);
        var next = new List<IIssuerCrls>();
        foreach (CrlWork work in wanted)
        {
            if (kept.TryGetValue(work.Description, out IIssuerCrls? crls))
            {
                if (work.Signer is { } signer)
                {
                    crls.SetSigner(signer);
                }

                next.Add(crls);
            }
            else
            {
                string? fault = gone.FirstOrDefault(before => before.Work.Description == work.Description)?.Fault;
                next.Add(work.Settings.IsDistributed ? Distribute(work, fault) : Publish(work, fault));
            }
        }

        _all = next;
        _handlers = wanted.SelectMany(FindServed).ToFrozenDictionary(served => served.Prefix, served => CreateHandler(served.Directory), StringComparer.Ordinal);
        DisposeStores(_stores.Keys.Except(wanted.SelectMany(FindServed).Select(served => served.Directory)));
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_all.Select(crls => crls.DisposeAsync().AsTask())).ConfigureAwait(false);
        DisposeStores(_stores.Keys);
    }

    /// <summary>What is wanted of a CA; nothing when its certificate could not be read.</summary>
    private static CrlWork? Describe(LoadedIssuer loaded)
    {
        if (loaded is not { Issuer: { } issuer, Settings.Crl: { } settings, Source: { } source })
        {
            return null;
        }

        string description = string.Join('|', issuer.Certificate.Thumbprint, source.Description, JsonSerializer.Serialize(settings));
        return new CrlWork(issuer, settings, description, source.Source, loaded.CrlKey?.Signer, $"its key cannot be used: {string.Join("; ", loaded.CrlKey?.Problems ?? [])}");
    }

    private IssuerCrls Publish(CrlWork work, string? faultBefore) =>
        new(work, StoreOf(work.Settings.PublishedDirectory), plan.Settings.Ocsp.MaxSourceAge, faultBefore, timeProvider, loggerFactory, meterFactory);

    private DistributedCrls Distribute(CrlWork work, string? faultBefore)
    {
        Func<GaleraCluster> getCluster = work.Settings.IsSigned ? publisherCluster.GetStarted : edgeCluster.GetStarted;
        return new DistributedCrls(work, StoreOf(work.Settings.ServedDirectory), getCluster, publishing => Publish(publishing, null), faultBefore, timeProvider, loggerFactory, meterFactory);
    }

    /// <summary>What is served where. A publisher shows what it has published too, for those who fetch from it what is too large for the database.</summary>
    private static IEnumerable<(string Prefix, string Directory)> FindServed(CrlWork work)
    {
        yield return (work.Settings.Prefix, work.Settings.ServedDirectory);
        if (work.Settings is { IsDistributed: true, IsSigned: true })
        {
            yield return (work.Settings.PublishedPrefix, work.Settings.PublishedDirectory);
        }
    }

    private CrlStore StoreOf(string directory)
    {
        if (!_stores.TryGetValue(directory, out CrlStore? store))
        {
            store = CrlStore.CreateInBackground(directory, timeProvider, loggerFactory);
            _stores.Add(directory, store);
        }

        return store;
    }

    private CrlHttpHandler CreateHandler(string directory) =>
        new(StoreOf(directory), new CrlHttpOptions(), _metrics, timeProvider, loggerFactory.CreateLogger<CrlHttpHandler>());

    private void DisposeStores(IEnumerable<string> directories)
    {
        foreach (string directory in directories.ToArray())
        {
            _stores.Remove(directory, out CrlStore? store);
            store?.Dispose();
        }
    }
}
