using PkiCore.Crl;
using PkiCore.Serving;

namespace PkiCore.Responder.Hosting;

/// <summary>The body of <c>/healthz</c> and <c>/readyz</c>.</summary>
/// <param name="Status">healthy; degraded: service goes on but an operator is needed; unhealthy: send no requests here.</param>
/// <param name="Ready">Whether requests should be sent here.</param>
/// <param name="Problems">What is wrong with the process as a whole.</param>
/// <param name="Issuers">Each CA.</param>
/// <param name="Crls">The CRLs of each CA that publishes some; <see langword="null"/> when none does.</param>
/// <param name="Galera">The cluster; <see langword="null"/> when no CA is read from one.</param>
internal sealed record HostHealth(string Status, bool Ready, IReadOnlyList<string> Problems, IReadOnlyList<IssuerHealth> Issuers, IReadOnlyList<CrlHealth>? Crls, GaleraHealth? Galera)
{
    public static HostHealth Of(IServiceProvider services)
    {
        ResponderHealth health = services.GetRequiredService<OcspResponder>().GetHealth();
        bool draining = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested;
        string?[] problems =
        [
            draining ? "stopping" : null,
            services.GetRequiredService<Reloader>().Problem,
            .. services.GetRequiredService<IssuerRegistry>().Problems,
        ];
        string[] found = [.. problems.OfType<string>()];
        IReadOnlyList<CrlHealth> crls = services.GetRequiredService<CrlPublishing>().GetHealth();
        var galera = GaleraHealth.Of(services.GetRequiredService<EdgeCluster>().Current);
        bool isDegraded = galera?.Problem is not null || health.IsDegraded || found.Length > 0 || crls.Any(crl => crl.Problems.Count > 0);
        bool ready = health.IsReady && !draining;
        return new HostHealth(!ready ? "unhealthy" : isDegraded ? "degraded" : "healthy", ready, found, health.Issuers, crls.Count > 0 ? crls : null, galera);
    }
}
