using System.Diagnostics;
using System.Globalization;
using PkiCore.Testing;

namespace PkiCore.Benchmarks;

/// <summary>A C loop of bench/native, waiting in a process of its own until it is its turn.</summary>
internal sealed class SignLoop : IDisposable
{
    private readonly Process _process;

    private SignLoop(Process process) => _process = process;

    /// <summary>Starts a loop.</summary>
    /// <param name="processor">The processor it is bound to; <see langword="null"/> for any.</param>
    /// <param name="environment">What it needs to see besides.</param>
    /// <param name="arguments">Its mode and what that needs; bench/native/README.md.</param>
    public static SignLoop Start(int? processor, IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        string[] command = processor is { } number ? ["taskset", "-c", number.ToString(CultureInfo.InvariantCulture), NativeBuild.SignLoop] : [NativeBuild.SignLoop];
        var start = new ProcessStartInfo(command[0], [.. command[1..], .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach ((string name, string? value) in environment)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start)!;
        return process.StandardOutput.ReadLine() == "ready" ? new SignLoop(process) : throw new InvalidOperationException($"{string.Join(' ', arguments)} did not start.");
    }

    /// <summary>Runs for a while.</summary>
    /// <returns>Operations per second.</returns>
    public double Run(TimeSpan length)
    {
        _process.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"run {length.TotalMilliseconds:0}"));
        string[] result = _process.StandardOutput.ReadLine()!.Split(' ');
        return double.Parse(result[0], CultureInfo.InvariantCulture) / double.Parse(result[1], CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
