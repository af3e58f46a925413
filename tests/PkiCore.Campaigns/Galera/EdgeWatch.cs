using System.Collections.Concurrent;
using PkiCore.Campaigns.Harness;
using PkiCore.Galera;
using PkiCore.X509;

namespace PkiCore.Campaigns.Galera;

/// <summary>Clients of the edges: every answer is verified, and held against what writers were told.</summary>
internal sealed class EdgeWatch(IReadOnlyList<Edge> edges, WriterCrew crew, FaultList faults)
{
    public const string Wrong = "wrong";
    public const string Unverifiable = "unverifiable";

    private readonly ConcurrentDictionary<SerialNumber, DateTimeOffset> _revoked = new();
    private readonly Lock _lock = new();
    private int _seen;
    private long _answers;
    private long _tryLater;
    private TimeSpan _longestStale;

    public long Answers => Interlocked.Read(ref _answers);

    public long TryLater => Interlocked.Read(ref _tryLater);

    /// <summary>The longest time during which an edge could not say anything newer.</summary>
    public TimeSpan LongestStale => _longestStale;

    public async Task AskOnceAsync(Random random, CancellationToken cancellationToken)
    {
        NoteAcknowledged();
        Edge edge = edges[random.Next(edges.Count)];
        SerialNumber serial = crew.Serials[random.Next(crew.Serials.Count)];
        try
        {
            EdgeAnswer? answer = await edge.AskAsync(serial);
            Interlocked.Increment(ref answer is null ? ref _tryLater : ref _answers);

            // What was acknowledged before the time as of which an answer is true has to be in it; times in answers are whole seconds.
            if (answer is { IsGood: true } && _revoked.TryGetValue(serial, out DateTimeOffset at) && answer.ThisUpdate > at)
            {
                faults.Add(Wrong, $"{serial} was revoked at {at:O}, and is good as of {answer.ThisUpdate:O}");
            }
        }
        catch (InvalidDataException e)
        {
            faults.Add(Unverifiable, $"{serial}: {e.Message}");
        }

        NoteStale(edge);
        await Task.Delay(1, cancellationToken); // the machine has other things to do
    }

    private void NoteAcknowledged()
    {
        lock (_lock)
        {
            foreach (Acknowledged acknowledged in crew.Acknowledgements.Skip(_seen))
            {
                _seen++;
                if (acknowledged.Result.Outcome is RevocationOutcome.Revoked or RevocationOutcome.AlreadyRevoked)
                {
                    _revoked.TryAdd(acknowledged.Serial, acknowledged.At);
                }
            }
        }
    }

    private void NoteStale(Edge edge)
    {
        TimeSpan age = TimeProvider.System.GetUtcNow() - (edge.Health.Watermark ?? TimeProvider.System.GetUtcNow());
        lock (_lock)
        {
            _longestStale = age > _longestStale ? age : _longestStale;
        }
    }
}
