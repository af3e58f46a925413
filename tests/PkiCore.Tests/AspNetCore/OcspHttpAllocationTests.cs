using System.Buffers;
using System.Diagnostics.Metrics;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using PkiCore.AspNetCore;
using PkiCore.Responder.Telemetry;
using PkiCore.Tests.Serving;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.AspNetCore;

/// <summary>What our part of a request over HTTP allocates, with its duration recorded as the host records it. What the server adds is not in it.</summary>
public sealed class OcspHttpAllocationTests
{
    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Hit_over_HTTP_allocates_nothing_of_ours(string method)
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        var exchange = new Exchange(method, rig.Request("01"));

        AssertBudget(method == "GET" ? "answer a hit over HTTP, GET" : "answer a hit over HTTP, POST", rig, exchange);

        Assert.Equal(StatusCodes.Status200OK, exchange.Context.Response.StatusCode);
        Assert.Equal(exchange.Written, exchange.Context.Response.ContentLength);
        Assert.True(exchange.Written > 100);
    }

    [Fact]
    public async Task Telling_a_client_that_it_has_the_reply_already_allocates_nothing_of_ours()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        var exchange = new Exchange("GET", rig.Request("01"));
        exchange.Context.Request.Headers.IfNoneMatch = "*";

        AssertBudget("answer not modified over HTTP", rig, exchange);

        Assert.Equal(StatusCodes.Status304NotModified, exchange.Context.Response.StatusCode);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task What_is_no_request_is_answered_without_an_allocation_of_ours(string method)
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        var exchange = new Exchange(method, [0x30, 0x03, 0x02, 0x01, 0x00]);

        AssertBudget("answer an error over HTTP", rig, exchange);

        Assert.Equal(5, exchange.Written);
    }

    private static void AssertBudget(string name, TestRig rig, Exchange exchange)
    {
        using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var metrics = new OcspHttpMetrics(services.GetRequiredService<IMeterFactory>(), TimeProvider.System);
        using var exporter = new PrometheusExporter([OcspHttpMetrics.MeterName]);
        var handler = new OcspHttpHandler(rig.Responder, new OcspHttpOptions(), metrics, rig.Clock, NullLogger<OcspHttpHandler>.Instance, "");
        AllocationBudget.Assert(name, () =>
        {
            exchange.Begin();
            Assert.True(handler.HandleAsync(exchange.Context).IsCompletedSuccessfully);
        });
    }

    /// <summary>A request and a reply that can be used again and again, as a server keeps them for a connection.</summary>
    private sealed class Exchange : IHttpResponseBodyFeature, IRequestBodyPipeFeature
    {
        private readonly ReusedHeaders _headers = [];
        private readonly Body _body;
        private readonly Sink _sink = new();

        public Exchange(string method, byte[] request)
        {
            _body = new Body(request);
            var features = new FeatureCollection();
            features.Set<IHttpRequestFeature>(new HttpRequestFeature
            {
                Method = method,
                RawTarget = method == "GET" ? "/" + Uri.EscapeDataString(Convert.ToBase64String(request)) : "/",
            });
            features.Set<IHttpResponseFeature>(new HttpResponseFeature { Headers = _headers });
            features.Set<IHttpResponseBodyFeature>(this);
            features.Set<IRequestBodyPipeFeature>(this);
            Context = new DefaultHttpContext(features);
        }

        public HttpContext Context { get; }

        /// <summary>The length of the last reply.</summary>
        public long Written => _sink.Written;

        public Stream Stream => Stream.Null;

        public PipeWriter Writer => _sink;

        public PipeReader Reader => _body;

        public void Begin()
        {
            _headers.Clear();
            _sink.Written = 0;
        }

        public void DisableBuffering()
        {
        }

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task CompleteAsync() => Task.CompletedTask;
    }

    /// <summary>Keeps the length as a number, as Kestrel does.</summary>
    private sealed class ReusedHeaders : HeaderDictionary, IHeaderDictionary
    {
        long? IHeaderDictionary.ContentLength { get; set; }
    }

    private sealed class Body(byte[] request) : PipeReader
    {
        private readonly ReadOnlySequence<byte> _whole = new(request);

        public override bool TryRead(out ReadResult result)
        {
            result = new ReadResult(_whole, isCanceled: false, isCompleted: true);
            return true;
        }

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => new(new ReadResult(_whole, isCanceled: false, isCompleted: true));

        public override void AdvanceTo(SequencePosition consumed)
        {
        }

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
        }

        public override void CancelPendingRead()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }

    private sealed class Sink : PipeWriter
    {
        private readonly byte[] _buffer = new byte[8192];

        public long Written { get; set; }

        public override void Advance(int bytes) => Written += bytes;

        public override Memory<byte> GetMemory(int sizeHint = 0) => _buffer;

        public override Span<byte> GetSpan(int sizeHint = 0) => _buffer;

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => new(default(FlushResult));

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
