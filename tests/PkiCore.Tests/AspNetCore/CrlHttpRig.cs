using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using PkiCore.AspNetCore;
using PkiCore.Crl.Files;
using PkiCore.Crl;
using PkiCore.Tests.Serving;

namespace PkiCore.Tests.AspNetCore;

/// <summary>A handler over a directory with one CRL, asked without a server.</summary>
internal sealed class CrlHttpRig : IDisposable
{
    public const string Name = "ca.crl";

    private readonly TemporaryDirectory _directory = new();
    private readonly ListLogger _log = new();
    private readonly CrlHttpHandler _handler;

    /// <param name="validity">From now to nextUpdate; without one by default.</param>
    /// <param name="options">The settings.</param>
    /// <param name="meterFactory">Where metrics go.</param>
    public CrlHttpRig(TimeSpan? validity = null, CrlHttpOptions? options = null, IMeterFactory? meterFactory = null)
    {
        Publish(validity, seed: 1);
        Store = new CrlStore(_directory.FullPath, Clock);
        _handler = new CrlHttpHandler(Store, options ?? new CrlHttpOptions(), new CrlHttpMetrics(meterFactory, Clock), Clock, new Logger<CrlHttpHandler>(_log));
    }

    public ManualTimeProvider Clock { get; } = new();

    public CrlStore Store { get; }

    /// <summary>What the file holds.</summary>
    public byte[] Crl { get; private set; } = [];

    public string FilePath => _directory.File(Name);

    public string ETag
    {
        get
        {
            using CrlDownload download = Store.Open(Name)!;
            return download.ETag;
        }
    }

    public IEnumerable<string> Errors => _log.Errors;

    public void Publish(TimeSpan? validity, int seed)
    {
        Crl = PlainCrl.Encode(Clock.GetUtcNow(), Clock.GetUtcNow() + validity, seed, entries: 10_000);
        File.WriteAllBytes(_directory.File("next"), Crl);
        File.Move(_directory.File("next"), FilePath, overwrite: true);
        Store?.Refresh();
    }

    public Task<CrlHttpReply> GetAsync(params (string Name, StringValues Value)[] headers) => SendAsync("GET", "/crl/" + Name, headers);

    public async Task<CrlHttpReply> SendAsync(string method, string path, params (string Name, StringValues Value)[] headers)
    {
        using var body = new MemoryStream();
        var context = new DefaultHttpContext();
        context.Request.Method = method;
        context.Request.Path = path;
        context.Response.Body = body;
        foreach ((string name, StringValues value) in headers)
        {
            context.Request.Headers[name] = value;
        }

        await SendAsync(context);
        return new CrlHttpReply(context.Response.StatusCode, context.Response.Headers, body.ToArray());
    }

    public Task SendAsync(HttpContext context) => _handler.HandleAsync(context);

    public void Dispose()
    {
        Store.Dispose();
        _directory.Dispose();
        _log.Dispose();
    }
}

/// <summary>What came back.</summary>
internal sealed record CrlHttpReply(int Status, IHeaderDictionary Headers, byte[] Body);
