using Microsoft.Extensions.Diagnostics.HealthChecks;
using PkiCore.Crl;

namespace PkiCore.AspNetCore;

/// <summary>Degraded at worst: whatever is wrong with new CRLs, those before are served on.</summary>
internal sealed class CrlStoreHealthCheck(CrlStore store) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(store.Problem is { } problem ? HealthCheckResult.Degraded(problem) : HealthCheckResult.Healthy());
}
