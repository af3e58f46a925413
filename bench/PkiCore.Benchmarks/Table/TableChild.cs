using System.Runtime.InteropServices;
using System.Text.Json;

namespace PkiCore.Benchmarks.Table;

/// <summary>One measurement in a process of its own, so that what it takes is what the process has. The result goes to standard output as JSON.</summary>
internal static partial class TableChild
{
    public const string Command = "table-child";

    private const int PR_SET_THP_DISABLE = 41;

    /// <summary>What to measure, and <see cref="TableSettings"/> as JSON.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        TableSettings settings = TableSettings.FromJson(args[1]);
        if (!settings.HugePages && prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) != 0)
        {
            throw new InvalidOperationException($"Huge pages cannot be switched off: {Marshal.GetLastPInvokeErrorMessage()}.");
        }

        try
        {
            Console.WriteLine(await MeasureAsync(args[0], settings));
            return 0;
        }
        catch (InvalidOperationException e)
        {
            Progress.Report($"FAILED: {e.Message}");
            return 1;
        }
    }

    private static async Task<string> MeasureAsync(string name, TableSettings settings) => name switch
    {
        GrownTable.Name => JsonSerializer.Serialize(await GrownTable.MeasureAsync(settings)),
        PresignFigures.Name => JsonSerializer.Serialize(await PresignFigures.MeasureAsync(settings)),
        RestartFigures.Name => JsonSerializer.Serialize(await RestartFigures.MeasureAsync(settings)),
        _ => throw new ArgumentException($"There is no measurement '{name}'.", nameof(name)),
    };

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, nuint arg2, nuint arg3, nuint arg4, nuint arg5);
}
