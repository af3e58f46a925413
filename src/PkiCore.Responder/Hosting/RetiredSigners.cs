using PkiCore.Signing;

namespace PkiCore.Responder.Hosting;

/// <summary>
/// Signers that are not used any more. They are disposed after a while, for a signature that was being made ends with the old one; all at once, for each
/// may have to wait for a call that hangs. Used by one thread at a time.
/// </summary>
internal sealed class RetiredSigners(TimeProvider timeProvider, ILogger logger)
{
    private static readonly TimeSpan s_grace = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private readonly List<(ISigner Signer, long Since)> _signers = [];

    public void Add(IEnumerable<ISigner> signers) => _signers.AddRange(signers.Select(signer => (signer, timeProvider.GetTimestamp())));

    public void DisposeOld() => Dispose(entry => timeProvider.GetElapsedTime(entry.Since) >= s_grace);

    public void DisposeAll() => Dispose(_ => true);

    private void Dispose(Predicate<(ISigner Signer, long Since)> isDue)
    {
        Task[] ends = [.. _signers.FindAll(isDue).Select(entry => Dispose(entry.Signer))];
        _signers.RemoveAll(isDue);
        if (!Task.WaitAll(ends, s_limit))
        {
            HostLog.SignersDoNotEnd(logger, ends.Count(end => !end.IsCompleted), s_limit.TotalSeconds);
        }
    }

    private static Task Dispose(ISigner signer)
    {
        var end = new TaskCompletionSource();
        if (!BackgroundThread.TryStart("PkiCore retired signer", Work))
        {
            Work();
        }

        return end.Task;

        void Work()
        {
            signer.Dispose();
            end.SetResult();
        }
    }
}
