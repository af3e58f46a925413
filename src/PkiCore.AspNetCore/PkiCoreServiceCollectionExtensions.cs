using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PkiCore.AspNetCore;
using PkiCore.Crl;
using PkiCore.Serving;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds an OCSP responder to an application.</summary>
public static class PkiCoreServiceCollectionExtensions
{
    /// <summary>Adds one <see cref="OcspResponder"/>, started and stopped with the application. It uses the application's
    /// <see cref="TimeProvider"/>, loggers and meters. Map it with <c>MapOcsp</c>.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the settings.</param>
    public static OcspResponderBuilder AddOcspResponder(this IServiceCollection services, Action<OcspResponderOptions>? configure = null)
    {
        services.AddOptions<OcspHttpOptions>();
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<OcspHttpMetrics>();
        services.Configure(configure ?? (_ => { }));
        services.TryAddSingleton(Create);
        services.AddHostedService<OcspResponderService>();
        return new OcspResponderBuilder(services);
    }

    /// <summary>Adds a check: unhealthy when no request should be sent here, degraded when an operator is needed.</summary>
    public static IHealthChecksBuilder AddOcspResponder(this IHealthChecksBuilder builder, string name = "ocsp")
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddCheck<OcspHealthCheck>(name);
    }

    /// <summary>Adds a check: degraded when the directory of the CRLs needs an operator.</summary>
    public static IHealthChecksBuilder AddCrlStore(this IHealthChecksBuilder builder, CrlStore store, string name = "crl")
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(store);
        return builder.AddCheck(name, new CrlStoreHealthCheck(store));
    }

    private static OcspResponder Create(IServiceProvider services)
    {
        var responder = new OcspResponder(
            services.GetRequiredService<IOptions<OcspResponderOptions>>().Value,
            services.GetRequiredService<TimeProvider>(),
            services.GetService<ILoggerFactory>(),
            services.GetRequiredService<IMeterFactory>());
        foreach (OcspResponderSetup setup in services.GetServices<OcspResponderSetup>())
        {
            setup.Apply(services, responder);
        }

        return responder;
    }
}
