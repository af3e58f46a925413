using System.Globalization;

namespace PkiCore.Galera.Cluster;

/// <summary>How a node is set up: SHOW GLOBAL VARIABLES, as far as it is of use.</summary>
/// <param name="Segment">gmcast.segment.</param>
/// <param name="FlushLogAtCommit">innodb_flush_log_at_trx_commit: with anything but 1, a commit may be lost when all nodes lose power at once.</param>
/// <param name="IsDesynced">wsrep_desync: its operator took it out of step.</param>
/// <param name="Version">The server's version.</param>
internal sealed record NodeSettings(int? Segment, int? FlushLogAtCommit, bool IsDesynced, string Version)
{
    /// <summary>The statement whose rows are parsed.</summary>
    public const string Statement =
        "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('wsrep_provider_options', 'innodb_flush_log_at_trx_commit', 'wsrep_desync', 'version')";

    public static NodeSettings Parse(IReadOnlyDictionary<string, string> values) => new(
        Number(ProviderOption(values.GetValueOrDefault("wsrep_provider_options", ""), "gmcast.segment")),
        Number(values.GetValueOrDefault("innodb_flush_log_at_trx_commit", "")),
        values.GetValueOrDefault("wsrep_desync", "").Trim() is "ON" or "1",
        values.GetValueOrDefault("version", ""));

    private static string ProviderOption(string options, string name)
    {
        foreach (string option in options.Split(';', StringSplitOptions.TrimEntries))
        {
            int equals = option.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && option.AsSpan(0, equals).Trim().SequenceEqual(name))
            {
                return option[(equals + 1)..].Trim();
            }
        }

        return "";
    }

    private static int? Number(string text) => int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
