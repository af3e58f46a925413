namespace PkiCore.LoadTest.Reports;

/// <summary>Something that had to be reached.</summary>
/// <param name="Target">What.</param>
/// <param name="Measured">What it came to.</param>
/// <param name="IsMet">Whether it is.</param>
/// <param name="IsVoid">Whether what it rests on went wrong, so that it says nothing.</param>
internal sealed record Verdict(string Target, string Measured, bool IsMet, bool IsVoid = false)
{
    /// <summary>Fewer turns are judged by no target.</summary>
    public const int LeastTurns = 3;

    public string Word => IsVoid ? "void" : IsMet ? "met" : "MISSED";
}
