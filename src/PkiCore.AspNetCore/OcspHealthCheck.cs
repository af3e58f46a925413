using Microsoft.Extensions.Diagnostics.HealthChecks;
using PkiCore.Serving;

namespace PkiCore.AspNetCore;

/// <summary>Reports the health of the responder; what is wrong is named issuer by issuer.</summary>
internal sealed class OcspHealthCheck(OcspResponder responder) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ResponderHealth health = responder.GetHealth();
        string description = string.Join("; ", health.Issuers.SelectMany(issuer => issuer.Problems.Select(problem => $"{issuer.Name}: {problem}")));
        return Task.FromResult(
            !health.IsReady ? new HealthCheckResult(context.Registration.FailureStatus, description)
            : health.IsDegraded ? HealthCheckResult.Degraded(description)
            : HealthCheckResult.Healthy());
    }
}
