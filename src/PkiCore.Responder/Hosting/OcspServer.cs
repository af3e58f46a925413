using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using PkiCore.AspNetCore;
using PkiCore.Responder.Configuration;
using PkiCore.Responder.Telemetry;
using PkiCore.Serving;

namespace PkiCore.Responder.Hosting;

/// <summary>The public listener: Kestrel with nothing between it and the handlers of OCSP and CRLs.</summary>
internal static class OcspServer
{
    /// <summary>A request of the greatest length as base64 text with every character escaped would be three times this; clients escape three of 64.</summary>
    private const int MaxRequestLine = 16 * 1024;

    public static WebApplication Create(ResponderPlan plan, TimeProvider timeProvider)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        ResponderSettings settings = plan.Settings;
        WebApplication? app = null;
        builder.Logging.AddResponderConsole(plan.Logging, () => app?.Lifetime.ApplicationStarted.IsCancellationRequested == true);
        builder.WebHost.UseKestrelCore().UseSockets(InlineSockets.Configure).UseUrls([.. settings.ListenUrls]).ConfigureKestrel(options => Limit(options, settings));
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = settings.Connections.ShutdownTimeout);
        builder.Services.AddSingleton(timeProvider);
        builder.Services.AddMetrics();
        builder.Services.AddSingleton(services => new OcspResponder(
            settings.Ocsp, timeProvider, services.GetRequiredService<ILoggerFactory>(), services.GetRequiredService<IMeterFactory>()));
        builder.Services.AddSingleton<OcspHttpMetrics>();
        builder.Services.AddSingleton(services => new HugePages(services.GetRequiredService<IMeterFactory>()));
        builder.Services.AddSingleton(Microsoft.Extensions.Options.Options.Create(settings.Http));
        builder.Services.AddSingleton(plan);
        builder.Services.AddSingleton<EdgeCluster>();
        builder.Services.AddSingleton<PublisherCluster>();
        builder.Services.AddSingleton<IssuerLoader>();
        builder.Services.AddSingleton<CrlPublishing>();
        builder.Services.AddSingleton<IssuerRegistry>();
        builder.Services.AddSingleton<Reloader>();
        builder.Services.AddHostedService(services => services.GetRequiredService<Reloader>());
        builder.Services.AddHostedService<SigningProgress>();
        builder.Services.AddHostedService<OcspResponderService>();

        app = builder.Build();
        app.Services.GetRequiredService<HugePages>(); // from then on it is told
        OcspHttpHandler handler = OcspHttpHandler.Create(app.Services, "/ocsp", "");
        CrlPublishing crls = app.Services.GetRequiredService<CrlPublishing>();
        app.Run(context => SocketThread.IsKeptBy(context) ? AnswerInPoolAsync(context) : AnswerAsync(context));
        return app;

        Task AnswerAsync(HttpContext context) => crls.Find(context)?.HandleAsync(context) ?? handler.HandleAsync(context);

        async Task AnswerInPoolAsync(HttpContext context)
        {
            await SocketThread.Leave();
            await AnswerAsync(context).ConfigureAwait(false);
        }
    }

    /// <summary>Every limit on clients that Kestrel offers, set on purpose; docs/configuration.md explains them.</summary>
    private static void Limit(KestrelServerOptions options, ResponderSettings settings)
    {
        options.AddServerHeader = false;
        options.AllowHostHeaderOverride = true; // of an absolute-form target, the host wins (RFC 9112 3.2.2); no host matters here
        options.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1); // OCSP clients speak no HTTP/2 without TLS
        KestrelServerLimits limits = options.Limits;
        limits.MaxConcurrentConnections = settings.Connections.MaxConnections;
        limits.KeepAliveTimeout = settings.Connections.KeepAliveTimeout;
        limits.RequestHeadersTimeout = settings.Connections.RequestHeadersTimeout;
        limits.MaxRequestLineSize = MaxRequestLine;
        limits.MaxRequestHeadersTotalSize = 16 * 1024;
        limits.MaxRequestHeaderCount = 64;
        limits.MaxRequestBodySize = null; // the handler stops at MaxRequestLength, and answers
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
    }
}
