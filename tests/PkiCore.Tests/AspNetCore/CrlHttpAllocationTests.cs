using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace PkiCore.Tests.AspNetCore;

/// <summary>What our part of a download of a CRL allocates for each slice. What the server adds is not in it, nor what a download takes once.</summary>
public sealed class CrlHttpAllocationTests
{
    private const int SliceLength = 64 * 1024;
    private const int SliceCount = 2000;

    [Fact]
    public async Task Sending_a_slice_of_a_CRL_allocates_nothing_of_ours()
    {
        using var rig = new CrlHttpRig();
        string path = Path.Combine(rig.Store.Directory, "large.crl");
        PlainCrl.WriteSparse(path, rig.Clock.GetUtcNow(), nextUpdate: null, entriesLength: (SliceCount - 1) * SliceLength); // and less than a slice of head and tail
        rig.Store.Refresh();
        var body = new MarkingBody();
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpResponseBodyFeature>(body);
        context.Request.Method = "GET";
        context.Request.Path = "/crl/large.crl";

        await rig.SendAsync(context);

        Assert.Equal(context.Response.ContentLength, body.Written);
        Assert.Equal(SliceCount, body.Marks.Count);
        AllocationBudget.Assert("send a slice of a CRL", body.Marks);
    }

    /// <summary>Takes everything at once, and notes at each slice what the thread has allocated.</summary>
    private sealed class MarkingBody : PipeWriter, IHttpResponseBodyFeature
    {
        private readonly byte[] _buffer = new byte[SliceLength];

        public List<long> Marks { get; } = new(2 * SliceCount);

        public long Written { get; private set; }

        Stream IHttpResponseBodyFeature.Stream => Stream.Null;

        PipeWriter IHttpResponseBodyFeature.Writer => this;

        public override Memory<byte> GetMemory(int sizeHint = 0)
        {
            Marks.Add(GC.GetAllocatedBytesForCurrentThread());
            return _buffer;
        }

        public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public override void Advance(int bytes) => Written += bytes;

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => new(default(FlushResult));

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }

        void IHttpResponseBodyFeature.DisableBuffering()
        {
        }

        Task IHttpResponseBodyFeature.StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        Task IHttpResponseBodyFeature.SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken) => throw new NotSupportedException();

        Task IHttpResponseBodyFeature.CompleteAsync() => Task.CompletedTask;
    }
}
