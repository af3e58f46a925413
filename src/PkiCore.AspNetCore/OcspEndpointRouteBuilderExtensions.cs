using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PkiCore.AspNetCore;
using PkiCore.Serving;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps OCSP into an application.</summary>
public static class OcspEndpointRouteBuilderExtensions
{
    /// <summary>Answers OCSP requests under a path: POST to the path itself, GET with the request behind it.</summary>
    /// <param name="endpoints">The application's routes.</param>
    /// <param name="path">A path without parameters, such as <c>/ocsp</c>; it is what certificates name in their authority information access.</param>
    /// <exception cref="InvalidOperationException">There is no responder: <c>AddOcspResponder</c> was not called.</exception>
    public static IEndpointConventionBuilder MapOcsp(this IEndpointRouteBuilder endpoints, string path)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (endpoints.ServiceProvider.GetService<OcspResponder>() is null)
        {
            throw new InvalidOperationException("There is no OCSP responder to map: call AddOcspResponder on the application's services.");
        }

        path = path.TrimEnd('/');
        OcspHttpHandler handler = OcspHttpHandler.Create(endpoints.ServiceProvider, path, "");
        return endpoints.Map(path + "/{**request}", handler.HandleAsync).WithDisplayName("OCSP " + path);
    }
}
