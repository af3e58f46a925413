using PkiCore.Ocsp;

namespace PkiCore.Serving;

/// <summary>A request that waits for its signed reply.</summary>
internal sealed class LiveJob : IDisposable
{
    public LiveJob(ReadOnlyMemory<byte> request, long startedAt)
    {
        Request = request.ToArray(); // whoever asks may give up while the job still waits or is being signed
        StartedAt = startedAt;
        Place = new LinkedListNode<LiveJob>(this);
    }

    public byte[] Request { get; }

    public long StartedAt { get; }

    /// <summary>Its place in the queue; in no list while a thread has it.</summary>
    public LinkedListNode<LiveJob> Place { get; }

    /// <summary>The thread that has it in hand; under the lock.</summary>
    public SigningCrew<LiveJob>.Member? Signer { get; set; }

    /// <summary>Looks after it while the request waits.</summary>
    public ITimer? Watchdog { get; set; }

    public Task<(OcspOutcome Outcome, byte[]? Reply)> Result => Completion.Task;

    private TaskCompletionSource<(OcspOutcome Outcome, byte[]? Reply)> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool TryComplete((OcspOutcome Outcome, byte[]? Reply) result) => Completion.TrySetResult(result);

    /// <summary>Ends it without a reply.</summary>
    /// <returns>Whether that was news.</returns>
    public bool TryGiveUp() => Completion.TrySetResult((OcspOutcome.TryLater, null));

    public void Dispose() => Watchdog?.Dispose();
}
