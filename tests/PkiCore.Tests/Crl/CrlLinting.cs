using PkiCore.Crl.Lint;
using PkiCore.Crl;

namespace PkiCore.Tests.Crl;

/// <summary>What is said about a CRL: the findings, or the reader's refusal, which is as good.</summary>
internal static class CrlLinting
{
    public static IReadOnlyList<string> Lint(Func<CrlReader> open, bool baseline)
    {
        try
        {
            using CrlReader reader = open();
            return Lint(reader, baseline).Findings;
        }
        catch (InvalidDataException refusal)
        {
            return [refusal.Message];
        }
    }

    public static IReadOnlyList<string> Lint(TestCrl crl, bool baseline = false) => Lint(() => new CrlReader(new MemoryStream(crl.Encode())), baseline);

    public static CrlLint Lint(CrlReader reader, bool baseline)
    {
        var lint = new CrlLint(reader, baseline);
        while (reader.TryRead(out CrlEntry entry))
        {
            lint.Check(entry);
        }

        return lint;
    }
}
