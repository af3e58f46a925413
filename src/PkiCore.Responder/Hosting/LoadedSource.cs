using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using PkiCore.Crl.Following;
using PkiCore.Crl.Reading;
using PkiCore.Crl;
using PkiCore.Galera;
using PkiCore.Responder.Configuration;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Responder.Hosting;

/// <summary>Where it is read what is revoked of a CA.</summary>
/// <param name="Description">Another source has another one. It follows from contents: a file that is written again as it was is the same source, and nobody's answers end.</param>
/// <param name="Source">The source, for as many readers as there are.</param>
/// <param name="Fault">Why it can say nothing: a file that it needs cannot be used.</param>
internal sealed record LoadedSource(string Description, IStatusSource Source, string? Fault)
{
    private const string Cluster = "Galera";

    /// <summary>Changes with the settings, and when a file of a certificate that is believed is replaced: then it is to be read again.</summary>
    public static string DescribeFiles(IssuerSettings settings) => settings.CrlSource is { } source
        ? JsonSerializer.Serialize(source) + string.Join('|', source.CrlIssuers.Prepend(settings.Certificate).Select(FileState.Describe))
        : settings.Galera ? Cluster
        : settings.Index;

    public static LoadedSource Load(IssuerSettings settings, Issuer issuer, EdgeCluster cluster, TimeProvider timeProvider)
    {
        if (settings.Galera)
        {
            return LoadCluster(issuer, cluster, timeProvider);
        }

        if (settings.CrlSource is not { } source)
        {
            return new LoadedSource(settings.Index, new OpenSslIndexSource(settings.Index, timeProvider), Fault: null);
        }

        string description = JsonSerializer.Serialize(source);
        try
        {
            X509Certificate2[] crlIssuers = [.. source.CrlIssuers.Select(CertificateFile.Load)];
            description += string.Join('|', crlIssuers.Prepend(issuer.Certificate).Select(certificate => certificate.GetCertHashString(HashAlgorithmName.SHA256)));
            var options = new CrlStatusSourceOptions
            {
                CrlIssuers = crlIssuers,
                IssuedSerialsFile = source.IssuedSerials.Length > 0 ? source.IssuedSerials : null,
                UnlistedAreGood = source.UnlistedAreGood,
            };
            return new LoadedSource(description, new CrlStatusSource(issuer, source.Path, options, timeProvider), Fault: null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            // Without one of its certificates, CRLs would be passed over and what they revoke would be good.
            string fault = $"CrlSource.CrlIssuers: {e.Message}";
            return new LoadedSource(description + " " + fault, new SilentSource(source.Path, fault, timeProvider), fault);
        }
    }

    /// <summary>What cannot be read now, for a change of settings to be refused; <see langword="null"/> when nothing is wrong.</summary>
    public static string? FindFault(IssuerSettings settings)
    {
        if (settings.Galera)
        {
            return null; // a cluster that cannot be read now is no reason to refuse it
        }

        bool isIndex = settings.CrlSource is null;
        string path = settings.CrlSource?.Path ?? settings.Index;
        try
        {
            if (isIndex || !Directory.Exists(path))
            {
                File.OpenRead(path).Dispose();
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{(isIndex ? "Index" : "CrlSource.Path")}: cannot be read: {e.Message}";
        }
    }

    private static LoadedSource LoadCluster(Issuer issuer, EdgeCluster cluster, TimeProvider timeProvider)
    {
        try
        {
            return new LoadedSource(Cluster, new GaleraStatusSource(cluster.GetStarted(), issuer), Fault: null);
        }
        catch (Exception e) when (e is ConfigurationException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            return new LoadedSource($"{Cluster} {e.Message}", new SilentSource(Cluster, e.Message, timeProvider), e.Message);
        }
    }

    /// <summary>Knows nothing, and says why.</summary>
    private sealed class SilentSource(string name, string problem, TimeProvider timeProvider) : IStatusSource
    {
        public string Name => name;

        public async IAsyncEnumerable<StatusBatch> ReadAsync(SourcePosition from, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            yield return new StatusBatch { Watermark = timeProvider.GetUtcNow(), Verdict = StatusVerdict.Stale, Position = from, Problem = problem };
            await Task.Delay(Timeout.InfiniteTimeSpan, timeProvider, cancellationToken).ConfigureAwait(false);
        }
    }
}
