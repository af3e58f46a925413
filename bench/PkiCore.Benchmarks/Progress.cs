namespace PkiCore.Benchmarks;

/// <summary>What long work is at, on standard error: standard output is for results.</summary>
internal static class Progress
{
    public static void Report(string text) => Console.Error.WriteLine($"  {text}");
}
