using System.Text;

namespace PkiCore.Tests.Repository;

/// <summary>A committed text file that a test builds anew and compares; PKICORE_UPDATE=1 writes it instead.</summary>
internal static class GeneratedFile
{
    public static void AssertCurrent(string path, string expected)
    {
        string fullPath = Checkout.PathOf(path);
        if (Checkout.Update)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(fullPath)!);
            File.WriteAllText(fullPath, expected);
            return;
        }

        string actual = File.Exists(fullPath) ? File.ReadAllText(fullPath) : "";
        if (actual != expected)
        {
            Assert.Fail($"{path} is out of date; PKICORE_UPDATE=1 rewrites it. Review the change:\n{Difference(actual, expected)}");
        }
    }

    /// <summary>The lines that only one of the two has, in order: enough to review lists of independent lines.</summary>
    public static string Difference(string before, string after)
    {
        var difference = new StringBuilder();
        Append(difference, "- ", before, after);
        Append(difference, "+ ", after, before);
        return difference.Length > 0 ? difference.ToString() : "(the same lines in another order or number)";
    }

    private static void Append(StringBuilder difference, string sign, string these, string notThose)
    {
        var others = notThose.Split('\n').ToHashSet(StringComparer.Ordinal);
        foreach (string line in these.Split('\n').Where(line => !others.Contains(line)))
        {
            difference.Append(sign).Append(line).Append('\n');
        }
    }
}
