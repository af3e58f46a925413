namespace PkiCore.LoadTest.Reports;

/// <summary>Something that had to be reached.</summary>
/// <param name="Target">What.</param>
/// <param name="Measured">What it came to.</param>
/// <param name="IsMet">Whether it is.</param>
internal sealed record Verdict(string Target, string Measured, bool IsMet)
{
    public string Word => IsMet ? "met" : "MISSED";
}
