using System.Diagnostics;
using System.Globalization;

namespace PkiCore.Benchmarks.Table;

/// <summary>What the disk can do: <c>dd conv=fsync</c> from the page cache.</summary>
internal static class DiskCopy
{
    /// <returns>The seconds by dd's own count, without the start of its process.</returns>
    public static async Task<double> RunAsync(string from, string to)
    {
        var start = new ProcessStartInfo("dd", [$"if={from}", $"of={to}", "bs=4M", "conv=fsync"]) { UseShellExecute = false, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        using Process dd = Process.Start(start)!;
        string report = await dd.StandardError.ReadToEndAsync();
        await dd.WaitForExitAsync();

        // "1234 bytes (1.2 kB, 1.2 KiB) copied, 0.005 s, 247 kB/s"
        string[] parts = report.Split('\n').FirstOrDefault(line => line.Contains(" copied, ", StringComparison.Ordinal))?.Split(", ") ?? [];
        return dd.ExitCode == 0 && parts.Length >= 3 && double.TryParse(parts[^2].Replace(" s", "", StringComparison.Ordinal), CultureInfo.InvariantCulture, out double seconds)
            ? seconds
            : throw new InvalidOperationException($"dd ended with code {dd.ExitCode}: {report}");
    }
}
