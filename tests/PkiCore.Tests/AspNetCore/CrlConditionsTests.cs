using Microsoft.Extensions.Primitives;

namespace PkiCore.Tests.AspNetCore;

/// <summary>Conditional requests for CRLs (RFC 9110 13). The CRL is of 2026-01-01 00:00:00.</summary>
public sealed class CrlConditionsTests : IDisposable
{
    private const string Same = "Thu, 01 Jan 2026 00:00:00 GMT";
    private const string Later = "Thu, 01 Jan 2026 00:00:01 GMT";
    private const string Earlier = "Wed, 31 Dec 2025 23:59:59 GMT";

    private readonly CrlHttpRig _rig = new(TimeSpan.FromDays(1));

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData("*")]
    [InlineData("{0}")]
    [InlineData("W/{0}")]
    [InlineData("\"other\", {0}")]
    [InlineData("\"other\",W/{0} , \"more\"")]
    [Requirement("HC-10", "CD-2")]
    public async Task Tag_that_the_client_has_gets_304_with_the_headers(string format)
    {
        CrlHttpReply full = await _rig.GetAsync();
        CrlHttpReply reply = await _rig.GetAsync(("If-None-Match", Format(format)));
        Assert.Equal(304, reply.Status);
        Assert.Empty(reply.Body);
        Assert.Equal(_rig.ETag, reply.Headers.ETag);
        Assert.Equal(full.Headers.CacheControl, reply.Headers.CacheControl);
        Assert.Equal(full.Headers.Expires, reply.Headers.Expires);
        Assert.Null(reply.Headers.ContentLength);
        Assert.Equal(304, (await _rig.SendAsync("HEAD", "/ca.crl", ("If-None-Match", Format(format)))).Status);
        Assert.Equal(304, (await _rig.GetAsync(("If-None-Match", new StringValues(["\"other\"", Format(format)])))).Status);
    }

    [Theory]
    [InlineData("\"other\"")]
    [InlineData("")]
    [InlineData("w/{0}")]
    [InlineData("{0}x")]
    [InlineData("W/")]
    [Requirement("HC-10")]
    public async Task Other_tags_get_the_whole(string format) => Assert.Equal(_rig.Crl, (await _rig.GetAsync(("If-None-Match", Format(format)))).Body);

    [Theory]
    [InlineData(Same, 304)]
    [InlineData(Later, 304)] // CRLs of one name follow each other in time
    [InlineData("Thursday, 01-Jan-26 00:00:00 GMT", 304)]
    [InlineData("Thu Jan  1 00:00:00 2026", 304)]
    [InlineData(Earlier, 200)]
    [InlineData("yesterday", 200)]
    [InlineData("", 200)]
    [InlineData("Thu, 01 Jan 99999 00:00:00 GMT", 200)]
    [Requirement("HC-10")]
    public async Task Date_of_the_copy_counts_when_it_is_as_new(string date, int status) =>
        Assert.Equal(status, (await _rig.GetAsync(("If-Modified-Since", date))).Status);

    [Fact]
    [Requirement("HC-10")]
    public async Task Date_does_not_count_beside_a_tag_or_twice()
    {
        Assert.Equal(200, (await _rig.GetAsync(("If-None-Match", "\"other\""), ("If-Modified-Since", Later))).Status);
        Assert.Equal(304, (await _rig.GetAsync(("If-None-Match", _rig.ETag), ("If-Modified-Since", Earlier))).Status);
        Assert.Equal(200, (await _rig.GetAsync(("If-Modified-Since", new StringValues([Same, Same])))).Status);
    }

    [Fact]
    public async Task Next_crl_is_sent_to_whoever_has_the_one_before()
    {
        string before = _rig.ETag;
        _rig.Clock.Advance(TimeSpan.FromSeconds(1));
        _rig.Publish(TimeSpan.FromDays(1), seed: 2);
        Assert.Equal(200, (await _rig.GetAsync(("If-None-Match", before))).Status);
        Assert.Equal(200, (await _rig.GetAsync(("If-Modified-Since", Same))).Status);
        Assert.Equal(304, (await _rig.GetAsync(("If-Modified-Since", Later))).Status);
    }

    [Theory]
    [InlineData("If-Match", "*", 200)]
    [InlineData("If-Match", "{0}", 200)]
    [InlineData("If-Match", "\"other\", {0}", 200)]
    [InlineData("If-Match", "W/{0}", 412)] // the strong comparison (13.1.1)
    [InlineData("If-Match", "\"other\"", 412)]
    [InlineData("If-Unmodified-Since", Same, 200)]
    [InlineData("If-Unmodified-Since", Later, 200)]
    [InlineData("If-Unmodified-Since", Earlier, 412)]
    [InlineData("If-Unmodified-Since", "yesterday", 200)]
    public async Task Precondition_that_does_not_hold_gets_412_and_is_not_kept(string header, string format, int status)
    {
        CrlHttpReply reply = await _rig.GetAsync((header, Format(format)));
        Assert.Equal(status, reply.Status);
        Assert.Equal(status == 412 ? "no-store" : "public, max-age=3600, no-transform", reply.Headers.CacheControl);
        Assert.Equal(status == 412 ? [] : _rig.Crl, reply.Body);
    }

    [Fact]
    public async Task Preconditions_come_in_the_order_of_the_standard()
    {
        Assert.Equal(412, (await _rig.GetAsync(("If-Match", "\"other\""), ("If-None-Match", "*"), ("Range", "bytes=0-0"))).Status);
        Assert.Equal(304, (await _rig.GetAsync(("If-Match", _rig.ETag), ("If-None-Match", _rig.ETag), ("Range", "bytes=-0"))).Status);
        Assert.Equal(206, (await _rig.GetAsync(("If-Match", _rig.ETag), ("If-Unmodified-Since", Earlier), ("Range", "bytes=0-0"))).Status);
    }

    [Theory]
    [InlineData("{0}", 206)]
    [InlineData(Same, 206)]
    [InlineData("W/{0}", 200)] // the strong comparison (13.1.5)
    [InlineData("\"other\"", 200)]
    [InlineData("*", 200)]
    [InlineData(Later, 200)] // the very date
    [InlineData(Earlier, 200)]
    [InlineData("", 200)]
    public async Task Part_is_sent_only_of_the_crl_that_the_client_began_with(string format, int status)
    {
        CrlHttpReply reply = await _rig.GetAsync(("Range", "bytes=5-9"), ("If-Range", Format(format)));
        Assert.Equal(status, reply.Status);
        Assert.Equal(status == 206 ? _rig.Crl[5..10] : _rig.Crl, reply.Body);
    }

    [Fact]
    public async Task Range_behind_the_end_does_not_matter_when_the_crl_is_another()
    {
        CrlHttpReply reply = await _rig.GetAsync(("Range", "bytes=999999999-"), ("If-Range", "\"other\""));
        Assert.Equal(200, reply.Status);
        Assert.Equal(_rig.Crl, reply.Body);
    }

    private string Format(string format) => format.Replace("{0}", _rig.ETag, StringComparison.Ordinal);
}
