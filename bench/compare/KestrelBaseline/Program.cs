using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using KestrelBaseline;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;

[assembly: SupportedOSPlatform("linux")] // for SIGCONT

// KestrelBaseline URL FILE HEAD [as-it-comes | completions | scheduling | application]: answers every request with the bytes of the file, and a GET with
// those of the head's headers that are for caches. The listener is set as the responder's own; or as Kestrel comes; or as it comes, but one of the
// responder's two settings of sockets; or as the responder's own, without ASP.NET Core's hosting. What the host sets of the thread pool is given by the
// environment. SIGCONT, which nothing else sends, has it print how many bytes it has allocated.
string url = args[0];
byte[] reply = File.ReadAllBytes(args[1]);
string[] head = File.ReadAllLines(args[2]);
(string cacheControl, string eTag, string lastModified, string expires) = (ValueOf("Cache-Control"), ValueOf("ETag"), ValueOf("Last-Modified"), ValueOf("Expires"));

string? part = args.ElementAtOrDefault(3);
if (part is null or "application" or "completions")
{
    Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1"); // as in src/PkiCore.Responder/Hosting/InlineSockets.cs
}

WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
builder.WebHost.UseKestrelCore().UseUrls(url);
builder.WebHost.UseSockets(options => options.UnsafePreferInlineScheduling = part is null or "application" or "scheduling");
if (part is null or "application")
{
    builder.WebHost.ConfigureKestrel(SetAsResponder);
}

if (part is "application")
{
    ServiceDescriptor kestrel = builder.Services.Single(service => service.ServiceType == typeof(IServer));
    builder.Services.Replace(ServiceDescriptor.Singleton<IServer>(services => new BareServer((IServer)ActivatorUtilities.CreateInstance(services, kestrel.ImplementationType!), AnswerAsync)));
}

WebApplication app = builder.Build();
app.Run(AnswerAsync);
using PosixSignalRegistration allocated = PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => Console.WriteLine(GC.GetTotalAllocatedBytes(precise: true)));
await app.RunAsync();

// As in src/PkiCore.Responder/Hosting/OcspServer.cs.
static void SetAsResponder(KestrelServerOptions options)
{
    options.AddServerHeader = false;
    options.AllowHostHeaderOverride = true;
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
}

async Task AnswerAsync(HttpContext context)
{
    if (HttpMethods.IsPost(context.Request.Method))
    {
        await ReadBodyAsync(context.Request.BodyReader);
    }

    HttpResponse response = context.Response;
    if (HttpMethods.IsGet(context.Request.Method))
    {
        response.Headers.CacheControl = cacheControl;
        response.Headers.ETag = eTag;
        response.Headers.LastModified = lastModified;
        response.Headers.Expires = expires;
    }

    response.ContentType = "application/ocsp-response";
    response.ContentLength = reply.Length;
    await response.BodyWriter.WriteAsync(reply);
}

string ValueOf(string name) => head.Single(line => line.StartsWith($"{name}:", StringComparison.OrdinalIgnoreCase))[(name.Length + 1)..].Trim();

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
