using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using PkiCore.Testing;

namespace PkiCore.Benchmarks;

/// <summary>A run as it is kept in <c>bench/results</c>: the lines as printed, and every figure behind them.</summary>
/// <param name="name">Of the command.</param>
/// <param name="certificates">How many there were, where their number matters.</param>
internal sealed class TableResult(string name, int? certificates = null)
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private readonly string _loadAtStart = ReadLoad();

    /// <summary>By the name of the measurement.</summary>
    public Dictionary<string, object> Figures { get; } = new(StringComparer.Ordinal);

    public string Save<TRow>(IReadOnlyList<TRow> rows)
    {
        string date = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        string path = Checkout.PathOf($"bench/results/{name}-{date}.json");
        File.WriteAllText(path, JsonSerializer.Serialize(
            new
            {
                Date = date,
                Machine = $"{ReadProcessor()}, {Environment.ProcessorCount} processors, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, PkiCore {BuildVersion.Commit}",
                HugePages = File.ReadAllText("/sys/kernel/mm/transparent_hugepage/enabled").Trim(),
                LoadAtStart = _loadAtStart,
                LoadAtEnd = ReadLoad(),
                Certificates = certificates,
                Rows = rows,
                Figures,
            },
            s_json) + "\n");
        return path;
    }

    private static string ReadLoad() => File.ReadAllText("/proc/loadavg").Trim();

    private static string ReadProcessor() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown processor";
}
