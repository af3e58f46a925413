namespace PkiCore.Crl;

internal sealed class CrlLint(CrlReader reader, bool baselineRequirements)
{
    public IReadOnlyList<string> Findings { get; } = baselineRequirements && reader.Length == 0 ? ["x"] : [];

    public void Check(in CrlEntry entry) => _ = entry.Encoded.Length + Findings.Count;
}
