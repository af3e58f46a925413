using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;

namespace KestrelBaseline;

/// <summary>Kestrel with an application of ours right above it: nothing of ASP.NET Core's hosting (diagnostics, metrics, middleware) sees a request.</summary>
internal sealed class BareServer(IServer kestrel, RequestDelegate answer) : IServer
{
    public IFeatureCollection Features => kestrel.Features;

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull => kestrel.StartAsync(new Application(answer), cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => kestrel.StopAsync(cancellationToken);

    public void Dispose() => kestrel.Dispose();

    private sealed class Application(RequestDelegate answer) : IHttpApplication<DefaultHttpContext>
    {
        public DefaultHttpContext CreateContext(IFeatureCollection contextFeatures)
        {
            // One context for each connection, as hosting has it.
            DefaultHttpContext? context = null;
            if (contextFeatures is IHostContextContainer<DefaultHttpContext> connection)
            {
                context = connection.HostContext ??= new DefaultHttpContext();
            }

            context ??= new DefaultHttpContext();
            context.Initialize(contextFeatures);
            return context;
        }

        public Task ProcessRequestAsync(DefaultHttpContext context) => answer(context);

        public void DisposeContext(DefaultHttpContext context, Exception? exception) => context.Uninitialize();
    }
}
