using PkiCore.Fuzz.Coverage;
using PkiCore.Fuzz.Targets;

namespace PkiCore.Fuzz.Engine;

/// <summary>What came of one input.</summary>
internal enum Outcome
{
    Refused,
    Accepted,
    Crashed,
}

/// <summary>Runs a target in an instrumented context, one input at a time.</summary>
internal sealed class Executor(FuzzTarget target, InstrumentedContext context, Watchdog? watchdog = null)
{
    private readonly Func<byte[], bool> _function = context.Bind(target);

    public FuzzTarget Target => target;

    public IReadOnlyList<CoveragePoint> Points => context.Points;

    /// <summary>What the last input passed.</summary>
    public ReadOnlySpan<byte> Hits => context.Hits;

    /// <summary>Why the last input crashed.</summary>
    public Exception? Failure { get; private set; }

    public long Executions { get; private set; }

    public Outcome Run(byte[] input)
    {
        Array.Clear(context.Hits);
        Failure = null;
        Executions++;
        watchdog?.Begin(target, input);
        try
        {
            return _function(input) ? Outcome.Accepted : Outcome.Refused;
        }
#pragma warning disable CA1031 // Do not catch general exception types: any exception at all is what is looked for
        catch (Exception e)
#pragma warning restore CA1031
        {
            Failure = e;
            return Outcome.Crashed;
        }
        finally
        {
            watchdog?.End();
        }
    }
}
