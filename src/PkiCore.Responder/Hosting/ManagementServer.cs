using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using PkiCore.AspNetCore;
using PkiCore.Galera.Cluster;
using PkiCore.Pkcs11;
using PkiCore.Responder.Telemetry;
using PkiCore.Serving;

namespace PkiCore.Responder.Hosting;

/// <summary>The second listener, for operators: <c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c>. It outlives the public one while that drains.</summary>
internal static class ManagementServer
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static WebApplication Create(ResponderPlan plan, IServiceProvider responder, PrometheusExporter metrics)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        WebApplication? app = null;
        builder.Logging.AddResponderConsole(plan.Logging, () => app?.Lifetime.ApplicationStarted.IsCancellationRequested == true);
        builder.WebHost.UseKestrelCore().UseUrls(plan.Settings.Management).ConfigureKestrel(options => options.AddServerHeader = false);
        app = builder.Build();
        app.Run(context => (context.Request.Method, context.Request.Path.Value) switch
        {
            ("GET" or "HEAD", "/healthz") => WriteHealthAsync(context, HostHealth.Of(responder), alwaysOk: true),
            ("GET" or "HEAD", "/readyz") => WriteHealthAsync(context, HostHealth.Of(responder), alwaysOk: false),
            ("GET" or "HEAD", "/metrics") => WriteMetricsAsync(context, metrics),
            _ => WriteNotFoundAsync(context),
        });
        return app;
    }

    /// <summary>The meters that <c>/metrics</c> shows.</summary>
    public static PrometheusExporter CreateExporter() => new([ResponderMetrics.MeterName, HugePages.MeterName, OcspHttpMetrics.MeterName, Pkcs11Metrics.MeterName, ClusterMetrics.MeterName, "PkiCore.Signing", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"]);

    private static Task WriteHealthAsync(HttpContext context, HostHealth health, bool alwaysOk)
    {
        context.Response.StatusCode = alwaysOk || health.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(JsonSerializer.Serialize(health, s_json) + "\n", context.RequestAborted);
    }

    private static async Task WriteMetricsAsync(HttpContext context, PrometheusExporter metrics)
    {
        context.Response.ContentType = PrometheusExporter.ContentType;
        metrics.Render(context.Response.BodyWriter);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }

    private static Task WriteNotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return context.Response.WriteAsync("/healthz /readyz /metrics\n", context.RequestAborted);
    }
}
