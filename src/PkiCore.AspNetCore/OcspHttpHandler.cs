using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PkiCore.Serving;

namespace PkiCore.AspNetCore;

/// <summary>
/// OCSP over HTTP (RFC 6960 A, RFC 9919 6): takes the request out of a GET or POST, lets the responder answer it, and writes the reply with the
/// headers that caches need. Errors of OCSP are replies like any other, in HTTP 200.
/// </summary>
internal sealed partial class OcspHttpHandler
{
    public const string RequestType = "application/ocsp-request";
    public const string ResponseType = "application/ocsp-response"; // exactly this: clients compare the whole value

    private readonly OcspResponder _responder;
    private readonly OcspHttpOptions _options;
    private readonly OcspHttpMetrics _metrics;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly string[] _prefixes;
    private readonly int _requestRoom;
    private long _lastFaultLogged;

    /// <param name="responder">What answers.</param>
    /// <param name="options">The settings.</param>
    /// <param name="metrics">Where durations go.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">For faults of our own.</param>
    /// <param name="prefixes">See <see cref="GetRequestTarget.TryDecode"/>.</param>
    public OcspHttpHandler(
        OcspResponder responder, OcspHttpOptions options, OcspHttpMetrics metrics, TimeProvider timeProvider, ILogger<OcspHttpHandler> logger, params string[] prefixes)
    {
        options.Validate();
        _responder = responder;
        _options = options;
        _metrics = metrics;
        _timeProvider = timeProvider;
        _logger = logger;
        _prefixes = prefixes;
        _requestRoom = (options.MaxRequestLength * 4 / 3) + 4; // as base64 text
    }

    /// <summary>Makes a handler from an application's services.</summary>
    public static OcspHttpHandler Create(IServiceProvider services, params string[] prefixes) => new(
        services.GetRequiredService<OcspResponder>(),
        services.GetRequiredService<IOptions<OcspHttpOptions>>().Value,
        services.GetRequiredService<OcspHttpMetrics>(),
        services.GetRequiredService<TimeProvider>(),
        services.GetRequiredService<ILogger<OcspHttpHandler>>(),
        prefixes);

    public async Task HandleAsync(HttpContext context)
    {
        long start = _metrics.Start();
        string method = context.Request.Method; // case counts (RFC 9110 9.1)
        bool isPost = method == HttpMethods.Post;
        if (!isPost && method != HttpMethods.Get && method != HttpMethods.Head)
        {
            Refuse(context, StatusCodes.Status405MethodNotAllowed);
            context.Response.Headers.Allow = "GET, HEAD, POST";
            return;
        }

        if (isPost && !IsRequestType(context.Request.ContentType))
        {
            Refuse(context, StatusCodes.Status415UnsupportedMediaType);
            return;
        }

        byte[]? buffer = null;
        try
        {
            // A body that is long in coming waits in Kestrel's small blocks; the buffer is taken when all of it is there.
            ReadOnlySequence<byte> body = isPost ? await ReadBodyAsync(context).ConfigureAwait(false) : default;
            buffer = ArrayPool<byte>.Shared.Rent(_requestRoom + _responder.MaxResponseLength);
            int length = isPost ? TakeBody(context, body, buffer) : ReadTarget(context, buffer);
            Memory<byte> reply = buffer.AsMemory(_requestRoom);
            OcspAnswer answer = Answer(buffer.AsSpan(0, length), reply.Span);
            if (answer.Outcome == OcspOutcome.NeedsSignature)
            {
                if (SocketThread.IsCurrent)
                {
                    await SocketThread.Leave(); // it takes locks, and may start a thread
                }

                answer = await _responder.SignAsync(buffer.AsMemory(0, length), reply, context.RequestAborted).ConfigureAwait(false);
            }

            await WriteAsync(context, answer, reply[..answer.Length], isPost).ConfigureAwait(false);
            _metrics.Stop(start, method, answer.Outcome);
        }
        catch (IOException e) when (!context.Response.HasStarted)
        {
            // The client broke HTTP, was too slow or went away. Thrown on, this would be logged as a fault of ours.
            Refuse(context, (e as BadHttpRequestException)?.StatusCode ?? StatusCodes.Status400BadRequest);
            context.Response.Headers.Connection = "close";
        }
        finally
        {
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private void Refuse(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        _metrics.Refused(status);
    }

    /// <summary>Clients that send no type at all are answered; a charset or the like behind it does no harm.</summary>
    private static bool IsRequestType(string? contentType) =>
        string.IsNullOrEmpty(contentType)
        || contentType == RequestType
        || contentType.AsSpan(0, Math.Max(0, contentType.AsSpan().IndexOf(';'))).Trim().Equals(RequestType, StringComparison.OrdinalIgnoreCase)
        || contentType.Equals(RequestType, StringComparison.OrdinalIgnoreCase);

    /// <returns>The length of the request; 0, which is malformed, when the target holds none.</returns>
    private int ReadTarget(HttpContext context, byte[] buffer)
    {
        string target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        string pathBase = context.Request.PathBase.Value ?? "";
        return GetRequestTarget.TryDecode(target, pathBase, _prefixes, buffer.AsSpan(0, _requestRoom), out int length) && length <= _options.MaxRequestLength ? length : 0;
    }

    /// <returns>The whole body, not yet consumed; empty, which is malformed, when it is longer than allowed.</returns>
    private async ValueTask<ReadOnlySequence<byte>> ReadBodyAsync(HttpContext context)
    {
        PipeReader body = context.Request.BodyReader;
        bool isTooLong = context.Request.ContentLength > _options.MaxRequestLength;
        while (!isTooLong)
        {
            ReadResult read = await body.ReadAsync(context.RequestAborted).ConfigureAwait(false);
            isTooLong = read.Buffer.Length > _options.MaxRequestLength;
            if (read.IsCompleted && !isTooLong)
            {
                return read.Buffer;
            }

            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }

        context.Response.Headers.Connection = "close"; // the rest is not read
        return default;
    }

    private static int TakeBody(HttpContext context, ReadOnlySequence<byte> body, byte[] buffer)
    {
        int length = (int)body.Length;
        if (length > 0)
        {
            body.CopyTo(buffer);
            context.Request.BodyReader.AdvanceTo(body.End);
        }

        return length;
    }

    private OcspAnswer Answer(ReadOnlySpan<byte> request, Span<byte> reply)
    {
        try
        {
            return _responder.Answer(request, reply);
        }
#pragma warning disable CA1031 // Do not catch general exception types: a fault of ours is internalError to the client, not a broken connection
        catch (Exception e)
#pragma warning restore CA1031
        {
            // Once a second at most: whoever found the request that does this will send it again.
            long second = _timeProvider.GetUtcNow().ToUnixTimeSeconds();
            if (Interlocked.Exchange(ref _lastFaultLogged, second) != second)
            {
                LogFault(_logger, Convert.ToHexString(request), e);
            }

            ReadOnlySpan<byte> internalError = [0x30, 0x03, 0x0A, 0x01, 0x02]; // RFC 6960 4.2.1
            internalError.CopyTo(reply);
            return new OcspAnswer(OcspOutcome.InternalError, internalError.Length);
        }
    }

    private ValueTask<FlushResult> WriteAsync(HttpContext context, OcspAnswer answer, ReadOnlyMemory<byte> reply, bool isPost)
    {
        HttpResponse response = context.Response;
        if (answer.Batch is not { } batch)
        {
            response.Headers.CacheControl = CacheControl.NoStore;
        }
        else if (!isPost)
        {
            // RFC 9110 9.3.3: the URL of a POST does not identify the reply, so these headers are for GET alone
            WriteCacheHeaders(response.Headers, answer.Outcome, batch);
            if (ConditionalRequest.IsNotModified(context.Request.Headers, answer.Outcome, batch))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return default;
            }
        }

        response.ContentType = ResponseType;
        response.ContentLength = reply.Length; // HTTP/1.0 clients do not understand chunks
        return context.Request.Method == HttpMethods.Head ? default : response.BodyWriter.WriteAsync(reply, context.RequestAborted);
    }

    private void WriteCacheHeaders(IHeaderDictionary headers, OcspOutcome outcome, SigningBatch batch)
    {
        DateTimeOffset now = _timeProvider.GetUtcNow();
        TimeSpan cap = outcome == OcspOutcome.Revoked ? _options.MaxAgeRevoked : _options.MaxAgeGood;
        headers.CacheControl = CacheControl.For(cap, batch.RefreshAt - now, batch.NextUpdate - now);
        headers.ETag = batch.ETag;
        headers.LastModified = batch.LastModified;
        headers.Expires = batch.Expires;
    }

    [LoggerMessage(EventId = 300, Level = LogLevel.Error, Message = "The request {Request} could not be answered: a fault of this program")]
    private static partial void LogFault(ILogger logger, string request, Exception exception);
}
