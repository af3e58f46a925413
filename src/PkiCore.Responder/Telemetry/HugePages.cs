using System.Diagnostics.Metrics;
using System.Globalization;

namespace PkiCore.Responder.Telemetry;

/// <summary>How much of the process's memory is in huge pages. The tables ask for them; whether the kernel gives them is seen here alone.</summary>
internal sealed class HugePages
{
    public const string MeterName = "PkiCore.Responder";

    private const string Rollup = "/proc/self/smaps_rollup";

    /// <param name="meterFactory">For the meter, which is the factory's to dispose.</param>
    /// <param name="path">Where the kernel tells; other systems have no such file, and then there is no metric.</param>
    public HugePages(IMeterFactory meterFactory, string path = Rollup) => meterFactory.Create(MeterName).CreateObservableGauge(
        "pkicore.process.huge_pages", () => Observe(path), "By", "Memory of the process that is in transparent huge pages.");

    /// <summary>Read when somebody asks: the kernel goes through all of the process's memory for it.</summary>
    private static IEnumerable<Measurement<long>> Observe(string path) => Read(path) is { } bytes ? [new(bytes)] : [];

    private static long? Read(string path)
    {
        try
        {
            string? line = File.Exists(path) ? File.ReadLines(path).FirstOrDefault(line => line.StartsWith("AnonHugePages:", StringComparison.Ordinal)) : null;
            string[] words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
            return words is [_, var number, "kB"] && long.TryParse(number, CultureInfo.InvariantCulture, out long kibibytes) ? kibibytes * 1024 : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
