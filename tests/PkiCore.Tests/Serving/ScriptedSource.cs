using System.Runtime.CompilerServices;
using System.Threading.Channels;
using PkiCore.Status;

namespace PkiCore.Tests.Serving;

/// <summary>A source that delivers what the test hands it.</summary>
internal sealed class ScriptedSource : IStatusSource
{
    private readonly Channel<(StatusBatch? Batch, TaskCompletionSource Taken)> _script = Channel.CreateUnbounded<(StatusBatch?, TaskCompletionSource)>();
    private int _readings;

    public string Name => "script";

    /// <summary>How often it was read from a position.</summary>
    public int Readings => Volatile.Read(ref _readings);

    /// <summary>The position of the last reading.</summary>
    public SourcePosition LastPosition { get; private set; }

    /// <summary>Delivers a batch, and returns when it has been applied.</summary>
    public Task DeliverAsync(StatusBatch batch) => EnqueueAsync(batch);

    /// <summary>Throws into the feed.</summary>
    public Task FailAsync() => EnqueueAsync(null);

    public async IAsyncEnumerable<StatusBatch> ReadAsync(SourcePosition from, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        LastPosition = from;
        Interlocked.Increment(ref _readings);
        await foreach ((StatusBatch? batch, TaskCompletionSource taken) in _script.Reader.ReadAllAsync(cancellationToken))
        {
            if (batch is null)
            {
                taken.SetResult();
                throw new InvalidOperationException("the source broke");
            }

            yield return batch;
            taken.SetResult(); // the feed asks for the next one: this one is applied
        }
    }

    private Task EnqueueAsync(StatusBatch? batch)
    {
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(_script.Writer.TryWrite((batch, taken)));
        return taken.Task.WaitAsync(TestRig.Patience, TestContext.Current.CancellationToken);
    }
}
