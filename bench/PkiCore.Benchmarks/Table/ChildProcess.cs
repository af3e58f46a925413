using System.Diagnostics;
using System.Text.Json;

namespace PkiCore.Benchmarks.Table;

/// <summary>Runs this program again for one measurement.</summary>
internal static class ChildProcess
{
    /// <exception cref="InvalidOperationException">It failed, or an answer was wrong; standard error says what.</exception>
    public static async Task<T> MeasureAsync<T>(string name, TableSettings settings)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "PkiCore.Benchmarks");
        var start = new ProcessStartInfo(program, [TableChild.Command, name, (settings with { StartedAt = Stopwatch.GetTimestamp() }).ToJson()]) { UseShellExecute = false, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        try
        {
            string result = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return process.ExitCode == 0
                ? JsonSerializer.Deserialize<T>(result)!
                : throw new InvalidOperationException($"The measurement '{name}' ended with code {process.ExitCode}.");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
