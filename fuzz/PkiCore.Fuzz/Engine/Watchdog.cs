using PkiCore.Fuzz.Targets;

namespace PkiCore.Fuzz.Engine;

/// <summary>Ends the program when one input takes too long, after keeping it as a crash: an endless loop cannot be left otherwise.</summary>
internal sealed class Watchdog : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);
    private readonly CrashFolder _crashes;
    private readonly Timer _timer;
    private Execution? _current;
    private Execution? _seen;

    public Watchdog(CrashFolder crashes)
    {
        _crashes = crashes;
        _timer = new Timer(_ => Look(), null, s_limit, s_limit);
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
            _crashes.Keep(current.Target, current.Input, new TimeoutException($"No answer after {s_limit.TotalSeconds:0} s."));
            Environment.Exit(1);
        }

        _seen = current;
    }

    private sealed record Execution(FuzzTarget Target, byte[] Input);
}
