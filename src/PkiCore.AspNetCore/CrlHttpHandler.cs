using System.Globalization;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using PkiCore.Crl.Files;
using PkiCore.Crl;

namespace PkiCore.AspNetCore;

/// <summary>CRLs over HTTP (RFC 5280 4.2.1.13): sends the files of a <see cref="CrlStore"/> as they are, whole or in part, with the headers that caches need.</summary>
internal sealed partial class CrlHttpHandler
{
    public const string ContentType = "application/pkix-crl"; // RFC 2585 4.2

    private const int SliceLength = 64 * 1024;

    private readonly CrlStore _store;
    private readonly CrlHttpOptions _options;
    private readonly CrlHttpMetrics _metrics;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private long _lastFaultLogged;

    public CrlHttpHandler(CrlStore store, CrlHttpOptions options, CrlHttpMetrics metrics, TimeProvider timeProvider, ILogger<CrlHttpHandler> logger)
    {
        options.Validate();
        _store = store;
        _options = options;
        _metrics = metrics;
        _timeProvider = timeProvider;
        _logger = logger;
    }

    /// <summary>Sends the CRL that the last segment of the path names.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        long start = _metrics.Start();
        string path = context.Request.Path.Value ?? "";
        (CrlHttpOutcome outcome, long sent) = await AnswerAsync(context, path[(path.LastIndexOf('/') + 1)..]).ConfigureAwait(false);
        _metrics.Stop(start, outcome, sent);
    }

    private async ValueTask<(CrlHttpOutcome Outcome, long Sent)> AnswerAsync(HttpContext context, string name)
    {
        HttpResponse response = context.Response;
        bool isHead = context.Request.Method == HttpMethods.Head; // case counts (RFC 9110 9.1)
        if (!isHead && context.Request.Method != HttpMethods.Get)
        {
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            response.Headers.Allow = "GET, HEAD";
            return (CrlHttpOutcome.Refused, 0);
        }

        using CrlDownload? crl = _store.Open(name);
        if (crl is null)
        {
            return (Refuse(response), 0);
        }

        WriteHeaders(response.Headers, crl);
        switch (CrlConditions.Evaluate(context.Request.Headers, crl))
        {
            case StatusCodes.Status304NotModified:
                response.StatusCode = StatusCodes.Status304NotModified;
                return (CrlHttpOutcome.NotModified, 0);
            case StatusCodes.Status412PreconditionFailed:
                Refuse(response, StatusCodes.Status412PreconditionFailed);
                return (CrlHttpOutcome.Refused, 0);
        }

        // A range counts for GET alone (RFC 9110 14.2).
        var whole = new ByteRange(0, crl.Length);
        ByteRange? range = !isHead && CrlConditions.AllowsRange(context.Request.Headers, crl) ? ByteRange.Parse(context.Request.Headers.Range, crl.Length) : whole;
        if (range is not { } part)
        {
            Refuse(response, StatusCodes.Status416RangeNotSatisfiable);
            response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{crl.Length}");
            return (CrlHttpOutcome.Refused, 0);
        }

        if (part != whole)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {part.Start}-{part.Start + part.Length - 1}/{crl.Length}");
        }

        response.ContentType = ContentType;
        response.ContentLength = part.Length; // HTTP/1.0 clients do not understand chunks
        return isHead ? (CrlHttpOutcome.Whole, 0) : await SendAsync(context, crl, part, part == whole ? CrlHttpOutcome.Whole : CrlHttpOutcome.Part).ConfigureAwait(false);
    }

    /// <summary>
    /// An expired CRL is sent too, unlike an expired OCSP answer: there is no tryLater here, and with an error in place of it most clients would go on
    /// without knowing why. It says itself, signed, that it has expired; caches get max-age=0 and so ask for the next one at once.
    /// </summary>
    private void WriteHeaders(IHeaderDictionary headers, CrlDownload crl)
    {
        DateTimeOffset now = _timeProvider.GetUtcNow();
        TimeSpan untilNext = _store.NextPublication - now ?? TimeSpan.MaxValue;
        TimeSpan maxAge = CacheControl.MaxAge(_options.MaxAge, untilNext, crl.NextUpdate - now ?? TimeSpan.MaxValue);
        headers.CacheControl = CacheControl.ForCrl(maxAge);
        headers.ETag = crl.ETag;
        headers.LastModified = crl.ThisUpdate <= now ? crl.LastModified : default(StringValues); // never in the future (RFC 9110 8.8.2.1)
        DateTimeOffset expires = now + maxAge; // caches that know HTTP/1.0 alone go by that, and are not to keep it longer than others
        headers.Expires = HeaderUtilities.FormatDate(crl.NextUpdate < expires ? crl.NextUpdate.Value : expires);
        headers.AcceptRanges = "bytes";
    }

    /// <summary>There is no such CRL, as far as is known.</summary>
    private CrlHttpOutcome Refuse(HttpResponse response)
    {
        response.Headers.CacheControl = CacheControl.NoStore; // it may be published any moment
        if (_store.HasLooked)
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return CrlHttpOutcome.NotFound;
        }

        response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        response.Headers.RetryAfter = "1";
        return CrlHttpOutcome.Failed;
    }

    /// <summary>No cache may keep that for the CRL.</summary>
    private static void Refuse(HttpResponse response, int status)
    {
        response.StatusCode = status;
        response.Headers.CacheControl = CacheControl.NoStore;
        response.Headers.Remove("Expires");
    }

    /// <summary>Sends bytes slice by slice, as fast as the client takes them; what is in memory of one download is a slice, however long the CRL.</summary>
    private async ValueTask<(CrlHttpOutcome Outcome, long Sent)> SendAsync(HttpContext context, CrlDownload crl, ByteRange range, CrlHttpOutcome success)
    {
        CancellationToken aborted = context.RequestAborted;
        long sent = 0;
        try
        {
            if (SocketThread.IsCurrent)
            {
                await SocketThread.Leave();
            }

            await context.Response.StartAsync(aborted).ConfigureAwait(false); // before that, what is written would be copied once more
            PipeWriter writer = context.Response.BodyWriter;
            while (sent < range.Length)
            {
                int read = Read(crl, range.Start + sent, writer.GetMemory(SliceLength).Span, range.Length - sent);
                writer.Advance(read);
                FlushResult flushed = await writer.FlushAsync(aborted).ConfigureAwait(false);
                sent += read;
                if (SocketThread.IsCurrent)
                {
                    await SocketThread.Leave(); // the thread that learned that there is room again
                }

                if (flushed.IsCompleted && sent < range.Length)
                {
                    return (CrlHttpOutcome.Aborted, sent);
                }
            }

            return (success, sent);
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested)
        {
            return (CrlHttpOutcome.Aborted, sent); // the client went away, or was too slow for Kestrel
        }
        catch (IOException e)
        {
            Fail(e);
            context.Abort(); // the length is promised already
            return (CrlHttpOutcome.Failed, sent);
        }
    }

    /// <summary>Without await: files that are asked for are in the page cache, where a copy takes less than handing the read to another thread.</summary>
    private static int Read(CrlDownload crl, long offset, Span<byte> slice, long rest)
    {
        int read = crl.Read(offset, slice[..(int)Math.Min(slice.Length, rest)]);
        return read > 0 ? read : throw new IOException("The file has become shorter than it was when it was opened.");
    }

    private void Fail(Exception exception)
    {
        // Once a second at most: every client of a file meets the same fault.
        long second = _timeProvider.GetUtcNow().ToUnixTimeSeconds();
        if (Interlocked.Exchange(ref _lastFaultLogged, second) != second)
        {
            LogFault(_logger, _store.Directory, exception);
        }
    }

    [LoggerMessage(EventId = 310, Level = LogLevel.Error, Message = "A CRL in {Directory} could not be sent to its end")]
    private static partial void LogFault(ILogger logger, string directory, Exception exception);
}
