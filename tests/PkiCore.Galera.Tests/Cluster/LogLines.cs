using System.Globalization;

namespace PkiCore.Galera.Tests.Cluster;

internal static class LogLines
{
    /// <summary>The messages with an event id.</summary>
    public static List<string> WithId(this EdgeLog log, int id) =>
        [.. log.Lines.Select(line => line.Split(' ', 4)).Where(parts => parts[2] == id.ToString(CultureInfo.InvariantCulture)).Select(parts => parts[3])];
}
