using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;
using PkiCore.AspNetCore;
using PkiCore.Crl;

namespace PkiCore.Tests.AspNetCore;

/// <summary>Which CRL is sent, whole or in part, and what caches are told.</summary>
public sealed class CrlHttpHandlerTests
{
    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);

    [Fact]
    [Requirement("CD-1", "CD-2", "T-24", "HC-8")]
    public async Task Crl_is_sent_as_it_is_with_the_headers_that_caches_need()
    {
        using var rig = new CrlHttpRig(s_day);
        CrlHttpReply reply = await rig.GetAsync();

        Assert.Equal(200, reply.Status);
        Assert.Equal(rig.Crl, reply.Body);
        Assert.True(rig.Crl.Length > 3 * 65536);
        Assert.Equal("application/pkix-crl", reply.Headers.ContentType);
        Assert.Equal(rig.Crl.Length, reply.Headers.ContentLength);
        Assert.Equal(rig.ETag, reply.Headers.ETag);
        Assert.Equal("Thu, 01 Jan 2026 00:00:00 GMT", reply.Headers.LastModified);
        Assert.Equal("Thu, 01 Jan 2026 01:00:00 GMT", reply.Headers.Expires); // not nextUpdate: caches that know no max-age are not to keep it longer
        Assert.Equal("public, max-age=3600, no-transform", reply.Headers.CacheControl);
        Assert.Equal("bytes", reply.Headers.AcceptRanges);
    }

    [Fact]
    [Requirement("T-24")]
    public async Task Head_has_the_headers_of_get_and_no_body()
    {
        using var rig = new CrlHttpRig(s_day);
        CrlHttpReply get = await rig.GetAsync();
        CrlHttpReply head = await rig.SendAsync("HEAD", "/crl/ca.crl");
        CrlHttpReply part = await rig.SendAsync("HEAD", "/crl/ca.crl", ("Range", "bytes=0-0")); // a range counts for GET alone

        Assert.Equal(200, head.Status);
        Assert.Empty(head.Body);
        Assert.Equal(get.Headers.ToDictionary(), head.Headers.ToDictionary());
        Assert.Equal(200, part.Status);
        Assert.Equal(get.Headers.ToDictionary(), part.Headers.ToDictionary());
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("get")]
    [InlineData("")]
    public async Task Other_methods_are_refused_with_those_that_are_allowed(string method)
    {
        using var rig = new CrlHttpRig();
        CrlHttpReply reply = await rig.SendAsync(method, "/crl/ca.crl");
        Assert.Equal(405, reply.Status);
        Assert.Equal("GET, HEAD", reply.Headers.Allow);
        Assert.Empty(reply.Body);
    }

    [Theory]
    [InlineData("/crl/other.crl")]
    [InlineData("/crl/")]
    [InlineData("/crl/CA.CRL")]
    [InlineData("/crl/..%2Fca.crl")]
    [InlineData("/crl/ca.crl\r\nSet-Cookie: a=b")]
    [InlineData("/crl/ca.crl\0")]
    [InlineData("")]
    public async Task Names_that_are_not_there_are_not_found_and_not_kept(string path)
    {
        using var rig = new CrlHttpRig();
        CrlHttpReply reply = await rig.SendAsync("GET", path);
        Assert.Equal(404, reply.Status);
        Assert.Equal("no-store", reply.Headers.CacheControl);
        Assert.Equal("Cache-Control", Assert.Single(reply.Headers).Key);
        Assert.Empty(reply.Body);
    }

    [Theory]
    [InlineData("bytes=0-0", 0, 1)]
    [InlineData("bytes=-1", -1, 1)]
    [InlineData("bytes=65535-65536", 65535, 2)]
    [InlineData("bytes=1-", 1, -1)]
    [InlineData("bytes=100000-250000", 100_000, 150_001)]
    public async Task Part_is_sent_with_its_place(string range, int start, int length)
    {
        using var rig = new CrlHttpRig(s_day);
        start = start < 0 ? rig.Crl.Length + start : start;
        length = length < 0 ? rig.Crl.Length + length : length;
        CrlHttpReply reply = await rig.GetAsync(("Range", range));

        Assert.Equal(206, reply.Status);
        Assert.Equal(rig.Crl[start..(start + length)], reply.Body);
        Assert.Equal(length, reply.Headers.ContentLength);
        Assert.Equal($"bytes {start}-{start + length - 1}/{rig.Crl.Length}", reply.Headers.ContentRange);
        Assert.Equal(rig.ETag, reply.Headers.ETag);
        Assert.Equal("public, max-age=3600, no-transform", reply.Headers.CacheControl);
    }

    [Theory]
    [InlineData("bytes=0-")]
    [InlineData("bytes=0-0,2-3")]
    [InlineData("bytes=2-1")]
    [InlineData("items=0-0")]
    public async Task Whole_is_sent_for_everything_else_that_is_no_part(string range)
    {
        using var rig = new CrlHttpRig();
        CrlHttpReply reply = await rig.GetAsync(("Range", range));
        Assert.Equal(200, reply.Status);
        Assert.Equal(rig.Crl, reply.Body);
        Assert.Equal(0, reply.Headers.ContentRange.Count);
    }

    [Fact]
    public async Task Range_behind_the_end_gets_416_with_the_length_and_is_not_kept()
    {
        using var rig = new CrlHttpRig(s_day);
        CrlHttpReply reply = await rig.GetAsync(("Range", $"bytes={rig.Crl.Length}-"));
        Assert.Equal(416, reply.Status);
        Assert.Equal($"bytes */{rig.Crl.Length}", reply.Headers.ContentRange);
        Assert.Equal("no-store", reply.Headers.CacheControl);
        Assert.Equal(0, reply.Headers.Expires.Count);
        Assert.Empty(reply.Body);
    }

    [Fact]
    [Requirement("CD-2", "HC-5")]
    public async Task Max_age_ends_before_the_next_publication_and_before_next_update()
    {
        using var rig = new CrlHttpRig(TimeSpan.FromMinutes(30));
        Assert.Equal("public, max-age=1799, no-transform", (await rig.GetAsync()).Headers.CacheControl);
        rig.Store.NextPublication = rig.Clock.GetUtcNow().AddMinutes(10);
        CrlHttpReply reply = await rig.GetAsync();
        Assert.Equal("public, max-age=600, no-transform", reply.Headers.CacheControl);
        Assert.Equal("Thu, 01 Jan 2026 00:10:00 GMT", reply.Headers.Expires);
        rig.Clock.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal("public, max-age=0, no-transform", (await rig.GetAsync()).Headers.CacheControl); // it is late: any moment
        rig.Store.NextPublication = null;
        Assert.Equal("public, max-age=1139, no-transform", (await rig.GetAsync()).Headers.CacheControl);
    }

    [Fact]
    [Requirement("T-17", "T-18")]
    public async Task Expired_crl_is_sent_but_not_as_fresh()
    {
        using var rig = new CrlHttpRig(TimeSpan.FromMinutes(30));
        rig.Clock.Advance(s_day);
        CrlHttpReply reply = await rig.GetAsync();
        Assert.Equal(200, reply.Status);
        Assert.Equal("public, max-age=0, no-transform", reply.Headers.CacheControl);
        Assert.Equal("Thu, 01 Jan 2026 00:30:00 GMT", reply.Headers.Expires);
        Assert.Equal(rig.Crl, reply.Body);
    }

    [Fact]
    public async Task Crl_without_next_update_has_the_cap_for_max_age_and_expires()
    {
        using var rig = new CrlHttpRig(validity: null, new CrlHttpOptions { MaxAge = TimeSpan.FromMinutes(5) });
        CrlHttpReply reply = await rig.GetAsync();
        Assert.Equal("public, max-age=300, no-transform", reply.Headers.CacheControl);
        Assert.Equal("Thu, 01 Jan 2026 00:05:00 GMT", reply.Headers.Expires);
    }

    [Fact]
    public async Task Crl_is_said_not_to_be_there_only_once_that_is_known()
    {
        using var directory = new TemporaryDirectory();
        var clock = new ManualTimeProvider();
        using CrlStore store = CrlStore.CreateInBackground(directory.FullPath, clock, NullLoggerFactory.Instance);
        var handler = new CrlHttpHandler(store, new CrlHttpOptions(), new CrlHttpMetrics(meterFactory: null, clock), clock, NullLogger<CrlHttpHandler>.Instance);
        HttpResponse early = await AskAsync(handler);
        Assert.Equal(503, early.StatusCode);
        Assert.Equal("1", early.Headers.RetryAfter);
        Assert.Equal("no-store", early.Headers.CacheControl);

        clock.Advance(TimeSpan.Zero);
        Assert.Equal(404, (await AskAsync(handler)).StatusCode);

        static async Task<HttpResponse> AskAsync(CrlHttpHandler handler)
        {
            var context = new DefaultHttpContext { Request = { Method = "GET", Path = "/crl/ca.crl" } };
            await handler.HandleAsync(context);
            return context.Response;
        }
    }

    [Fact]
    [Requirement("T-16")]
    public async Task Last_modified_is_never_in_the_future()
    {
        using var rig = new CrlHttpRig(s_day);
        rig.Clock.StepUtcNow(rig.Clock.GetUtcNow().AddMinutes(-1));
        CrlHttpReply reply = await rig.GetAsync();
        Assert.Equal(200, reply.Status);
        Assert.Equal(0, reply.Headers.LastModified.Count);
    }

    [Fact]
    public void Cap_is_between_nothing_and_a_day()
    {
        foreach (TimeSpan maxAge in new[] { TimeSpan.FromTicks(-1), s_day + TimeSpan.FromTicks(1) })
        {
            ArgumentException e = Assert.Throws<ArgumentException>(() => new CrlHttpRig(null, new CrlHttpOptions { MaxAge = maxAge }));
            Assert.Contains("MaxAge", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task File_that_was_cut_ends_the_connection_instead_of_the_body()
    {
        using var rig = new CrlHttpRig(s_day);
        using (var file = new FileStream(rig.FilePath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(100_000);
        }

        var context = new DefaultHttpContext();
        var lifetime = new Lifetime();
        context.Features.Set<IHttpRequestLifetimeFeature>(lifetime);
        context.Request.Method = "GET";
        context.Request.Path = "/ca.crl";
        await rig.SendAsync(context);
        await rig.SendAsync(context);

        Assert.True(lifetime.WasAborted);
        Assert.Contains("shorter", Assert.Single(rig.Errors), StringComparison.Ordinal); // once a second
    }

    [Fact]
    public async Task Client_that_goes_away_ends_its_download_quietly()
    {
        using var rig = new CrlHttpRig(s_day);
        var context = new DefaultHttpContext();
        using var aborted = new CancellationTokenSource();
        await aborted.CancelAsync();
        context.Features.Set<IHttpRequestLifetimeFeature>(new Lifetime { RequestAborted = aborted.Token });
        context.Request.Method = "GET";
        context.Request.Path = "/ca.crl";
        await rig.SendAsync(context);
        Assert.Empty(rig.Errors);
    }

    [Fact]
    public async Task What_is_sent_is_counted_and_timed_by_outcome()
    {
        using var factory = new MeterFactory();
        var outcomes = new List<string?>();
        long sent = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (ReferenceEquals(instrument.Meter, factory.Meter))
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) => outcomes.Add((string?)tags[0].Value));
        listener.SetMeasurementEventCallback<long>((_, bytes, _, _) => sent += bytes);
        listener.Start();
        using var rig = new CrlHttpRig(s_day, meterFactory: factory);
        rig.Clock.Advance(TimeSpan.FromSeconds(1)); // a timestamp of 0 stands for no measurement

        await rig.GetAsync();
        await rig.GetAsync(("Range", "bytes=0-9"));
        await rig.GetAsync(("If-None-Match", rig.ETag));
        await rig.GetAsync(("If-Match", "\"other\""));
        await rig.GetAsync(("Range", "bytes=-0"));
        await rig.SendAsync("POST", "/ca.crl");
        await rig.SendAsync("GET", "/other.crl");
        await rig.SendAsync("HEAD", "/ca.crl");

        Assert.Equal(["Whole", "Part", "NotModified", "Refused", "Refused", "Refused", "NotFound", "Whole"], outcomes);
        Assert.Equal(rig.Crl.Length + 10, sent);
    }

    private sealed class Lifetime : IHttpRequestLifetimeFeature
    {
        public bool WasAborted { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => WasAborted = true;
    }

    private sealed class MeterFactory : IMeterFactory
    {
        public Meter? Meter { get; private set; }

        public Meter Create(MeterOptions options) => Meter = new Meter(options);

        public void Dispose() => Meter?.Dispose();
    }
}
