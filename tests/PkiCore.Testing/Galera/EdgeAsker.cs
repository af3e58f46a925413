using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using PkiCore.X509;

namespace PkiCore.Testing;

/// <summary>Asks an edge for one certificate after another, whatever happens to the cluster, and notes every rule that an answer breaks.</summary>
public sealed class EdgeAsker : IAsyncDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(3);

    private readonly Edge _edge;
    private readonly WriterCrew _crew;
    private readonly Random _random;
    private readonly ConcurrentQueue<string> _faults = new();
    private readonly HashSet<SerialNumber> _revoked = []; // for good, as was answered
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private long _answered;
    private long _tryLater;
    private long _stalest;

    /// <summary>Begins to ask.</summary>
    public EdgeAsker(Edge edge, WriterCrew crew, int seed)
    {
        (_edge, _crew, _random) = (edge, crew, new Random(seed));
        _running = Task.WhenAll(Task.Run(AskAsync), Task.Run(WatchAsync));
    }

    /// <summary>The rules that were broken.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    /// <summary>How many answers there were.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>How often the edge said that one should try later.</summary>
    public long TryLater => Interlocked.Read(ref _tryLater);

    /// <summary>How old the edge's knowledge was at the worst moment.</summary>
    public TimeSpan Stalest => TimeSpan.FromTicks(Interlocked.Read(ref _stalest));

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task AskAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            if (_crew.Serials is { Count: > 0 } serials)
            {
                await AskAsync(serials[_random.Next(serials.Count)]);
            }

            await Task.Delay(s_pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task AskAsync(SerialNumber serial)
    {
        // What the edge says it knows it has to answer by: there is no time limit in this, however slow the machine.
        DateTimeOffset? known = ToRightTime(_edge.Health.Watermark);
        DateTimeOffset? revokedAt = _crew.WhenRevoked(serial);
        try
        {
            EdgeAnswer? answer = await _edge.AskAsync(serial);
            Interlocked.Increment(ref answer is null ? ref _tryLater : ref _answered);
            if (answer is not null)
            {
                Judge(serial, answer, known, revokedAt);
            }
        }
        catch (InvalidDataException e)
        {
            _faults.Enqueue($"{serial}: {e.Message}");
        }
    }

    private void Judge(SerialNumber serial, EdgeAnswer answer, DateTimeOffset? known, DateTimeOffset? revokedAt)
    {
        bool isFinal = answer.IsRevoked && answer.Reason != X509RevocationReason.CertificateHold;
        if (isFinal)
        {
            _revoked.Add(serial);
            return;
        }

        if (_revoked.Contains(serial))
        {
            _faults.Enqueue($"undone: {serial} had been answered revoked for good, and then {answer}");
        }

        if (revokedAt < known)
        {
            _faults.Enqueue($"late: {serial} was answered {answer} at {TimeProvider.System.GetUtcNow():O} by an edge that knew everything up to {known:O}; its revocation was acknowledged at {revokedAt:O}");
        }

        if (answer.IsListed && revokedAt < ToRightTime(answer.ThisUpdate))
        {
            _faults.Enqueue($"untrue: {serial} was answered {answer}, and its revocation had been acknowledged at {revokedAt:O}");
        }
    }

    private async Task WatchAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            if (_edge.Health.Watermark is { } watermark)
            {
                long age = (_edge.Clocks.Edge.GetUtcNow() - watermark).Ticks;
                Interlocked.Exchange(ref _stalest, Math.Max(age, Interlocked.Read(ref _stalest)));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>A time of the edge's clock, as writers have it.</summary>
    private DateTimeOffset? ToRightTime(DateTimeOffset? time) => time - (_edge.Clocks.Edge.GetUtcNow() - TimeProvider.System.GetUtcNow());
}
