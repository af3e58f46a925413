using System.Data.Common;
using PkiCore.Responder.Configuration;
using PkiCore.Responder.Hosting;

namespace PkiCore.Responder.Commands;

/// <summary>Work of the user Admin of a configuration.</summary>
internal static class AdminSession
{
    /// <summary>Works on the first node that takes it; work that a node refused half-way begins again on the next.</summary>
    /// <exception cref="ConfigurationException">No node takes it.</exception>
    public static async Task<T> RunAsync<T>(GaleraSettings settings, Func<GaleraNodeSettings, DbDataSource, Task<T>> work)
    {
        GaleraUserSettings user = DatabaseOptions.FindUser(settings, nameof(GaleraSettings.Admin));
        var faults = new List<string>();
        foreach (GaleraNodeSettings node in settings.Nodes)
        {
            DbDataSource source = GaleraClusters.CreateDataSource(settings, node, user, TimeProvider.System);
            await using (source.ConfigureAwait(false))
            {
                try
                {
                    return await work(node, source).ConfigureAwait(false);
                }
                catch (DbException e)
                {
                    faults.Add($"{node.Host}: {e.Message}");
                }
            }
        }

        throw new ConfigurationException(string.Join(Environment.NewLine, faults));
    }
}
