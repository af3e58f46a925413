using System.IO.Pipelines;
using Microsoft.AspNetCore.Server.Kestrel.Core;

// KestrelBaseline URL FILE [cache-headers]: answers every request with the bytes of the file. With cache-headers it sends the four
// headers that caches need as well, in constant strings: what they alone cost.
string url = args[0];
byte[] reply = File.ReadAllBytes(args[1]);
bool withCacheHeaders = args is [_, _, "cache-headers"];
string now = TimeProvider.System.GetUtcNow().ToString("R");

WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
builder.WebHost.UseKestrelCore().UseUrls(url).ConfigureKestrel(options =>
{
    // As the responder's own listener is set: src/PkiCore.Responder/Hosting/OcspServer.cs
    options.AddServerHeader = false;
    options.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
    KestrelServerLimits limits = options.Limits;
    limits.MaxConcurrentConnections = 20_000;
    limits.KeepAliveTimeout = TimeSpan.FromSeconds(75);
    limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
    limits.MaxRequestLineSize = 16 * 1024;
    limits.MaxRequestHeadersTotalSize = 16 * 1024;
    limits.MaxRequestHeaderCount = 64;
    limits.MaxRequestBodySize = null;
    limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
    limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
});
WebApplication app = builder.Build();
app.Run(AnswerAsync);
await app.RunAsync();

async Task AnswerAsync(HttpContext context)
{
    if (HttpMethods.IsPost(context.Request.Method))
    {
        await ReadBodyAsync(context.Request.BodyReader);
    }

    HttpResponse response = context.Response;
    if (withCacheHeaders)
    {
        response.Headers.CacheControl = "max-age=3600, public, no-transform, must-revalidate";
        response.Headers.ETag = "\"0123456789abcdef0123456789abcdef\"";
        response.Headers.LastModified = now;
        response.Headers.Expires = now;
    }

    response.ContentType = "application/ocsp-response";
    response.ContentLength = reply.Length;
    await response.BodyWriter.WriteAsync(reply);
}

// No responder can answer before it has read the question.
static async Task ReadBodyAsync(PipeReader body)
{
    while (true)
    {
        ReadResult read = await body.ReadAsync();
        body.AdvanceTo(read.Buffer.End);
        if (read.IsCompleted)
        {
            return;
        }
    }
}
