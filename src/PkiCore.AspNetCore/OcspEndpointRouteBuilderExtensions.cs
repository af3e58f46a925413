using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PkiCore.AspNetCore;
using PkiCore.Serving;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps OCSP into an application.</summary>
public static class OcspEndpointRouteBuilderExtensions
{
    private const string Rest = "/{**request}";

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

        string[] prefixes = [path.TrimEnd('/'), ""];
        OcspHttpHandler handler = OcspHttpHandler.Create(endpoints.ServiceProvider, prefixes);
        IEndpointConventionBuilder endpoint = endpoints.Map(prefixes[0] + Rest, handler.HandleAsync).WithDisplayName("OCSP " + path);
        endpoint.Finally(built =>
        {
            // In a group the path is longer, and known only now.
            string? pattern = (built as RouteEndpointBuilder)?.RoutePattern.RawText;
            prefixes[0] = pattern?.EndsWith(Rest, StringComparison.Ordinal) == true ? pattern[..^Rest.Length] : prefixes[0];
        });
        return endpoint;
    }
}
