using System.Globalization;
using System.Runtime.Versioning;
using PkiCore.Crl.Issuing;
using PkiCore.Crl;
using PkiCore.Responder.Configuration;
using PkiCore.Responder.Hosting;
using PkiCore.Signing;
using PkiCore.Status;

namespace PkiCore.Responder.Commands;

/// <summary>One publication of CRLs, from the command line to what is printed of it.</summary>
[UnsupportedOSPlatform("windows")]
internal static class CrlBuild
{
    /// <exception cref="ConfigurationException">Nothing was published, and what was there stays.</exception>
    public static async Task<int> RunAsync(IssuerSettings issuer, CrlBuildSettings settings, CancellationToken cancellationToken)
    {
        SettingsCheck.Check(new ResponderSettings { Issuers = [issuer] }, "command line");
        if (!File.Exists(issuer.Index))
        {
            throw new ConfigurationException($"--index: '{issuer.Index}' is not there."); // before a folder is made
        }

        CrlPublisherOptions options = settings.ToOptions();
        using ILoggerFactory loggerFactory = CreateLogging();
        LoadedIssuer loaded = Load(issuer, loggerFactory);
        try
        {
            using var publication = new SinglePublication(loaded.Issuer!, options, TimeProvider.System, loggerFactory);
            await ReadAsync(publication, issuer.Index, cancellationToken).ConfigureAwait(false);
            await WorkProgress.RunAsync("Publishing", progress =>
            {
                progress.Report(publication.Revoked, double.NaN);
                Publish(publication, settings.IsDelta, loaded.Signer!);
                return Task.CompletedTask;
            }).ConfigureAwait(false);
            Print(publication, options.Directory);
            return 0;
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or ArgumentException or SigningException or IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"Nothing was published: {e.Message.Split(" (Parameter ")[0]}", e);
        }
        finally
        {
            loaded.Signer?.Dispose();
        }
    }

    private static LoadedIssuer Load(IssuerSettings issuer, ILoggerFactory loggerFactory)
    {
        var plan = new ResponderPlan(new ResponderSettings { Issuers = [issuer] }, ConfigurationPath: null, Logging: null);
        var cluster = new EdgeCluster(plan, TimeProvider.System, loggerFactory); // which a CRL built once is not read from
        LoadedIssuer loaded = new IssuerLoader(plan, cluster, loggerFactory, TimeProvider.System).Load(issuer, mayAsk: true);
        foreach (string problem in loaded.Fault is null ? loaded.KeyProblems : [])
        {
            Warn(problem);
        }

        return loaded.Fault is { } fault ? throw new ConfigurationException(fault) : loaded;
    }

    private static async Task ReadAsync(SinglePublication publication, string index, CancellationToken cancellationToken)
    {
        var source = new OpenSslIndexSource(index, TimeProvider.System);
        await WorkProgress.RunAsync(
            $"Reading {Path.GetFileName(index)}",
            progress => publication.ReadAsync(source, count => progress.Report(count, double.NaN), cancellationToken)).ConfigureAwait(false);
        if (publication.Problem is { } problem)
        {
            Warn(problem);
        }
    }

    private static void Publish(SinglePublication publication, bool isDelta, ISigner signer)
    {
        if (isDelta)
        {
            publication.PublishDeltas(signer);
        }
        else
        {
            publication.PublishComplete(signer);
        }
    }

    private static void Print(SinglePublication publication, string directory)
    {
        string current = Path.Combine(directory, PublishingDirectory.CurrentName);
        foreach ((string name, PublishedCrl crl) in publication.Published.Where(crl => crl.Value.EntryCount is not null).OrderBy(crl => crl.Key, StringComparer.Ordinal))
        {
            string kind = crl.BaseNumber is { } number ? string.Create(CultureInfo.InvariantCulture, $"delta CRL {crl.Number} to {number}") : string.Create(CultureInfo.InvariantCulture, $"complete CRL {crl.Number}");
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{Path.Combine(current, name)}: {kind}, {crl.EntryCount:N0} entries, {new FileInfo(Path.Combine(current, name)).Length:N0} bytes, {CrlText.Time(crl.ThisUpdate)} to {CrlText.Time(crl.NextUpdate)}"));
        }
    }

    private static void Warn(string problem) => Console.Error.WriteLine($"Warning: {problem}");

    /// <summary>On the error output: what is printed is for programs too.</summary>
    private static ILoggerFactory CreateLogging() => LoggerFactory.Create(logging => logging
        .SetMinimumLevel(LogLevel.Warning)
        .AddSimpleConsole(options => options.SingleLine = true)
        .AddConsole(options => options.LogToStandardErrorThreshold = LogLevel.Trace));
}
