using System.Globalization;

namespace PkiCore.Benchmarks;

/// <summary>What this process has in memory, in bytes, as Linux counts it.</summary>
internal sealed record ProcessMemory
{
    /// <summary>VmRSS.</summary>
    public required long Resident { get; init; }

    /// <summary>VmHWM: the most there ever was.</summary>
    public required long Peak { get; init; }

    public required long AnonHugePages { get; init; }

    /// <summary>Resident bytes by kind of mapping.</summary>
    public required IReadOnlyDictionary<string, long> Groups { get; init; }

    public static ProcessMemory Read() => new()
    {
        Resident = ReadField("/proc/self/status", "VmRSS:"),
        Peak = ReadField("/proc/self/status", "VmHWM:"),
        AnonHugePages = ReadField("/proc/self/smaps_rollup", "AnonHugePages:"),
        Groups = ReadGroups(),
    };

    private static long ReadField(string path, string name) => ParseKilobytes(File.ReadLines(path).First(line => line.StartsWith(name, StringComparison.Ordinal)));

    /// <summary>A mapping is a line with addresses and fields, the last of which says what was asked of the kernel: <c>hg</c> is huge pages, which in this
    /// process only the table asks for.</summary>
    private static Dictionary<string, long> ReadGroups()
    {
        var groups = new Dictionary<string, long>(StringComparer.Ordinal);
        string name = "";
        long resident = 0;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            if (line.StartsWith("Rss:", StringComparison.Ordinal))
            {
                resident = ParseKilobytes(line);
            }
            else if (line.StartsWith("VmFlags:", StringComparison.Ordinal))
            {
                string group = name.Length > 0 ? name : line.Split(' ').Contains("hg", StringComparer.Ordinal) ? "table (huge pages asked for)" : "other anonymous memory";
                groups[group] = groups.GetValueOrDefault(group) + resident;
            }
            else if (!char.IsAsciiLetterUpper(line[0]))
            {
                name = GroupOf(line);
            }
        }

        return groups;
    }

    private static string GroupOf(string header)
    {
        string[] parts = header.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string path = parts.Length > 5 ? parts[5] : "";
        return path.Length == 0 || path.StartsWith("[anon", StringComparison.Ordinal) ? ""
            : path[0] == '[' ? "C heap and stacks"
            : path.Contains("doublemapper", StringComparison.Ordinal) ? "compiled code"
            : "files";
    }

    private static long ParseKilobytes(string line) =>
        1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
