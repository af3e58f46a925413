using System.Diagnostics;

namespace PkiCore.Benchmarks.Table;

/// <summary>What signing took. Processor time tells what others on the machine do not change much; but not whether threads wait for one another.</summary>
/// <param name="Elapsed">By the clock; or a timestamp, while it is not over.</param>
/// <param name="Processor">Of all threads of the process.</param>
internal readonly record struct SigningCost(TimeSpan Elapsed, TimeSpan Processor)
{
    public static SigningCost Now() => new(Stopwatch.GetElapsedTime(0), Environment.CpuUsage.TotalTime);

    public static SigningCost Since(SigningCost begun)
    {
        SigningCost now = Now();
        return new SigningCost(now.Elapsed - begun.Elapsed, now.Processor - begun.Processor);
    }
}
