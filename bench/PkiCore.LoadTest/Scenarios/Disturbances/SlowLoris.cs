using System.Diagnostics;
using System.Net.Sockets;
using PkiCore.LoadTest.Injection;

namespace PkiCore.LoadTest.Scenarios.Disturbances;

/// <summary>Clients that send the head of a request octet by octet, one a second each. The host cuts them off, and they come again.</summary>
internal sealed class SlowLoris(Surroundings surroundings) : IDisturbance
{
    private const int Count = 1_000;
    private const long PollInterval = 2_000_000;

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <summary>Kestrel looks at its time limits once a second, and gives a second more.</summary>
    private static readonly TimeSpan s_latestCut = TimeSpan.FromSeconds(2);

    private readonly Socket?[] _sockets = new Socket?[Count];
    private readonly int[] _sentOf = new int[Count];
    private readonly TimeSpan[] _nextAt = new TimeSpan[Count];
    private Beside? _running;
    private long _begun;
    private long _sent;
    private long _cut;

    /// <summary>How long the host waits for a head. Its own ten seconds would be longer than a turn.</summary>
    public static TimeSpan HeadTimeout(ScenarioSettings settings) => TimeSpan.FromSeconds(settings.IsQuick ? 2 : 5);

    private static ReadOnlySpan<byte> Head => "GET /this-is-a-long-and-very-slow-request HTTP/1.1\r\nHost: slow.example\r\n"u8;

    /// <summary>They come one after the other, so that they are not all cut off at the same time.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        TimeSpan arrival = HeadTimeout(surroundings.Settings);
        for (int i = 0; i < Count; i++)
        {
            _nextAt[i] = arrival * i / Count;
        }

        (_sent, _cut, _begun) = (0, 0, Stopwatch.GetTimestamp());
        _running = new Beside(Run);
        await Task.Delay(arrival, cancellationToken);
    }

    public async Task<IReadOnlyDictionary<string, double>> EndAsync(CancellationToken cancellationToken)
    {
        double seconds = Stopwatch.GetElapsedTime(_begun).TotalSeconds;
        await _running!.EndAsync();

        int open = _sockets.Count(socket => socket is not null && PlainConnection.IsOpenAndSilent(socket));
        _cut += _sockets.Count(socket => socket is not null) - open;
        double expected = Count * (seconds - (HeadTimeout(surroundings.Settings).TotalSeconds / 2)) / s_pause.TotalSeconds;
        double due = CutsDue(seconds);
        double least = surroundings.Settings.LeastDone;
        DisturbanceException.ThrowUnless(
            _cut > 0 && _cut >= least * due && open >= Count / 2 && _sent >= least * expected,
            $"Slow clients sent {_sent} octets of {expected:0}; {_cut} of {due:0} were cut off, and {open} of {Count} were connected in the end.");
        return new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["octets sent slowly per second"] = _sent / seconds,
            ["slow connections cut"] = _cut,
            ["slow connections open at the end"] = open,
        };
    }

    public void Dispose()
    {
        _running?.Dispose();
        for (int i = 0; i < Count; i++)
        {
            Close(i);
        }
    }

    /// <summary>How many are cut off at least: each a while after it came, and again as long after that.</summary>
    private double CutsDue(double seconds)
    {
        double head = HeadTimeout(surroundings.Settings).TotalSeconds;
        return Enumerable.Range(0, Count).Sum(i => Math.Floor(Math.Max(0, seconds - (head * i / Count)) / (head + s_latestCut.TotalSeconds)));
    }

    private void Run(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            TimeSpan now = Stopwatch.GetElapsedTime(_begun);
            for (int i = 0; i < Count; i++)
            {
                if (_nextAt[i] <= now)
                {
                    _nextAt[i] += s_pause;
                    Send(i);
                }
            }

            Native.Poll([], PollInterval);
        }
    }

    private void Send(int index)
    {
        if (_sockets[index] is { } open && !PlainConnection.IsOpenAndSilent(open))
        {
            _cut++; // it says 408, or nothing at all
            Close(index);
        }

        if (_sockets[index] is null)
        {
            (_sockets[index], _sentOf[index]) = (PlainConnection.Open(surroundings.Host.Process.Url), 0);
        }

        _sockets[index]!.Send(Head.Slice(_sentOf[index]++ % Head.Length, 1), SocketFlags.None, out SocketError error);
        _sent += error == SocketError.Success ? 1 : 0;
    }

    private void Close(int index)
    {
        _sockets[index]?.Dispose();
        _sockets[index] = null;
    }
}
