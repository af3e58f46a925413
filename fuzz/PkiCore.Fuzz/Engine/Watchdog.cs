using PkiCore.Fuzz.Targets;

namespace PkiCore.Fuzz.Engine;

/// <summary>Keeps an input that takes too long as a crash, and then ends the program: an endless loop cannot be left otherwise.</summary>
internal sealed class Watchdog : IDisposable
{
    private readonly CrashFolder _crashes;
    private readonly TimeSpan _limit;
    private readonly Action _end;
    private readonly Timer _timer;
    private Execution? _current;
    private Execution? _seen;

    public Watchdog(CrashFolder crashes, TimeSpan limit, Action end)
    {
        _crashes = crashes;
        _limit = limit;
        _end = end;
        _timer = new Timer(_ => Look(), null, limit, limit);
    }

    public void Begin(FuzzTarget target, byte[] input) => Volatile.Write(ref _current, new Execution(target, input));

    public void End() => Volatile.Write(ref _current, null);

    public void Dispose() => _timer.Dispose();

    /// <summary>The same execution at two ticks in a row has lasted for the time between them.</summary>
    private void Look()
    {
        Execution? current = Volatile.Read(ref _current);
        if (current is not null && ReferenceEquals(current, _seen))
        {
            _timer.Dispose();
            _crashes.Keep(current.Target, current.Input, new TimeoutException($"No answer after {_limit.TotalSeconds:0} s."));
            _end();
        }

        _seen = current;
    }

    private sealed record Execution(FuzzTarget Target, byte[] Input);
}
