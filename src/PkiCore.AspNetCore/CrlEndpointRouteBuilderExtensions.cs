using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PkiCore.AspNetCore;
using PkiCore.Crl;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps CRLs into an application.</summary>
public static class CrlEndpointRouteBuilderExtensions
{
    /// <summary>Serves the CRLs of a store under a path, each by its file name: GET and HEAD of <c>{path}/NAME.crl</c>.</summary>
    /// <param name="endpoints">The application's routes.</param>
    /// <param name="path">A path without parameters, such as <c>/crl</c>; with the file name it is what certificates name as CRL distribution point.</param>
    /// <param name="store">The CRLs. The caller disposes it, after the application has ended.</param>
    public static IEndpointConventionBuilder MapCrl(this IEndpointRouteBuilder endpoints, string path, CrlStore store)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(store);
        IServiceProvider services = endpoints.ServiceProvider;
        TimeProvider timeProvider = services.GetService<TimeProvider>() ?? TimeProvider.System;
        var handler = new CrlHttpHandler(
            store,
            services.GetService<IOptions<CrlHttpOptions>>()?.Value ?? new CrlHttpOptions(),
            new CrlHttpMetrics(services.GetService<IMeterFactory>(), timeProvider),
            timeProvider,
            services.GetService<ILogger<CrlHttpHandler>>() ?? NullLogger<CrlHttpHandler>.Instance);
        return endpoints.Map(path.TrimEnd('/') + "/{name}.crl", handler.HandleAsync).WithDisplayName("CRL " + path);
    }
}
