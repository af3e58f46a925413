using System.Net.Sockets;
using PkiCore.Responder.Configuration;
using PkiCore.Responder.Telemetry;

namespace PkiCore.Responder.Hosting;

/// <summary>Runs the servers until the process is told to stop.</summary>
internal static class ResponderProcess
{
    /// <param name="plan">What to do.</param>
    /// <param name="strict">Whether a fault of one CA is fatal.</param>
    /// <param name="started">Called once the ports are open, with the address of OCSP and that of health and metrics, which may be empty.</param>
    /// <param name="cancellationToken">Stops the process, as SIGTERM does.</param>
    /// <exception cref="ConfigurationException">The process cannot start.</exception>
    public static async Task RunAsync(ResponderPlan plan, bool strict, Action<string, string>? started, CancellationToken cancellationToken)
    {
        SnapshotFolder.Prepare(plan.Settings.Ocsp.SnapshotDirectory, plan.ConfigurationPath ?? "command line");
        using PrometheusExporter metrics = ManagementServer.CreateExporter();
        WebApplication server = OcspServer.Create(plan, TimeProvider.System);
        var registry = server.Services.GetRequiredService<IssuerRegistry>();
        try
        {
            await using (server.ConfigureAwait(false))
            {
                await registry.ApplyAsync(plan.Settings.Issuers, mayAsk: true).ConfigureAwait(false);
                Report(registry, strict, server.Logger);
                await registry.PublishCrlsAsync().ConfigureAwait(false);
                await ServeAsync(server, plan, metrics, started, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            registry.DisposeSigners(); // not sooner: the responder may be signing until it is disposed
        }
    }

    private static async Task ServeAsync(WebApplication server, ResponderPlan plan, PrometheusExporter metrics, Action<string, string>? started, CancellationToken cancellationToken)
    {
        WebApplication? management = plan.Settings.Management.Length > 0 ? ManagementServer.Create(plan, server.Services, metrics) : null;
        try
        {
            if (management is not null)
            {
                await StartAsync(management, "Management", plan.Settings.Management, cancellationToken).ConfigureAwait(false);
            }

            await StartAsync(server, "Listen", string.Join(", ", plan.Settings.ListenUrls), cancellationToken).ConfigureAwait(false);
            ReportAddresses(server.Logger, "OCSP", server.Urls);
            ReportAddresses(server.Logger, "health and metrics", management?.Urls ?? []);
            started?.Invoke(server.Urls.First(), management?.Urls.First() ?? "");
            await server.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (management is not null)
            {
                await management.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static void Report(IssuerRegistry registry, bool strict, ILogger logger)
    {
        // After a refused PIN the process stays: whatever restarts it would present the PIN again, until the token locks itself.
        if (strict && registry.LastingFaults.Count > 0 && !registry.IsPinRefused)
        {
            throw new ConfigurationException(string.Join(Environment.NewLine, registry.LastingFaults));
        }

        HostLog.Report(logger, registry);
    }

    /// <summary>The real ones: port 0 lets the system choose.</summary>
    private static void ReportAddresses(ILogger logger, string purpose, IEnumerable<string> urls)
    {
        foreach (string url in urls)
        {
            HostLog.Listening(logger, url, purpose);
        }
    }

    private static async Task StartAsync(WebApplication app, string setting, string urls, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new ConfigurationException($"{setting}: cannot listen on {urls}: {e.Message}", e);
        }
    }
}
