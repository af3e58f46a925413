using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using PkiCore.Crl;
using PkiCore.Responder.Configuration;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Responder.Hosting;

/// <summary>Where it is read what is revoked of a CA.</summary>
/// <param name="Description">Another source has another one.</param>
/// <param name="Source">The source, for as many readers as there are.</param>
/// <param name="Fault">Why it can say nothing: a file that it needs cannot be used.</param>
internal sealed record LoadedSource(string Description, IStatusSource Source, string? Fault)
{
    /// <summary>Changes with the settings, and with the certificates that are believed.</summary>
    public static string Describe(IssuerSettings settings) => settings.CrlSource is { } source
        ? JsonSerializer.Serialize(source) + string.Join('|', source.CrlIssuers.Prepend(settings.Certificate).Select(FileState.Describe))
        : settings.Index;

    public static LoadedSource Load(IssuerSettings settings, Issuer issuer, TimeProvider timeProvider)
    {
        string description = Describe(settings);
        if (settings.CrlSource is not { } source)
        {
            return new LoadedSource(description, new OpenSslIndexSource(settings.Index, timeProvider), Fault: null);
        }

        try
        {
            var options = new CrlStatusSourceOptions
            {
                CrlIssuers = [.. source.CrlIssuers.Select(CertificateFile.Load)],
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
