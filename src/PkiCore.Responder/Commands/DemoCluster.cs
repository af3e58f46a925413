using System.Data.Common;
using PkiCore.Galera;
using PkiCore.Responder.Configuration;
using PkiCore.Responder.Demo;
using PkiCore.Responder.Hosting;
using PkiCore.X509;

namespace PkiCore.Responder.Commands;

/// <summary>Brings the demonstration into a cluster, and each start brings over what its index has got since.</summary>
internal static class DemoCluster
{
    /// <returns>What to serve: from a configuration file, so that the other commands can use that too.</returns>
    /// <exception cref="ConfigurationException">It cannot be done.</exception>
    public static async Task<ResponderPlan> PrepareAsync(ResponderSettings settings, GaleraSettings galera, DemoLayout files, CancellationToken cancellationToken)
    {
        if (galera.Admin is not null) // without that user tables and users have to be there
        {
            DemoUsers.Check(galera);
            await DatabaseMigrateCommand.MigrateAsync(galera, cancellationToken).ConfigureAwait(false);
            await DemoUsers.CreateAsync(galera, cancellationToken).ConfigureAwait(false);
            await WaitForNodesAsync(galera, galera.Admin, cancellationToken).ConfigureAwait(false);
            await CheckHistoryAsync(galera, files, cancellationToken).ConfigureAwait(false);
        }

        WriteConfiguration(settings, files);
        await IndexImportCommand.ImportAsync(new FileInfo(files.Configuration), new FileInfo(files.CaCertificate), files.Index, isDryRun: false, cancellationToken).ConfigureAwait(false);
        return ResponderPlan.FromFile(files.Configuration);
    }

    /// <summary>What was revoked in a cluster that is gone would be missing in this one, and the responder would rightly refuse to follow it.</summary>
    private static async Task CheckHistoryAsync(GaleraSettings galera, DemoLayout files, CancellationToken cancellationToken)
    {
        bool wasInCluster = File.Exists(files.Configuration) && Directory.Exists(files.Snapshots) && Directory.EnumerateFiles(files.Snapshots).Any();
        if (wasInCluster && !await IsRegisteredAsync(galera, Issuer.FromPemFile(files.CaCertificate), cancellationToken).ConfigureAwait(false))
        {
            throw new ConfigurationException($"--directory: '{files.Root}' was used with another cluster, and this one does not know the CA. Move the folder away, or name another.");
        }
    }

    private static Task<bool> IsRegisteredAsync(GaleraSettings galera, Issuer issuer, CancellationToken cancellationToken) => AdminSession.RunAsync(galera, async (_, source) =>
    {
        DbConnection connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            DbCommand command = SqlCommands.Create(
                connection,
                transaction: null,
                "SELECT id FROM issuer WHERE name_hash = ? AND key_hash = ?",
                issuer.GetNameHash(CertIdHash.Sha256).ToArray(),
                issuer.GetKeyHash(CertIdHash.Sha256).ToArray());
            await using (command.ConfigureAwait(false))
            {
                return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not null;
            }
        }
    });

    private static void WriteConfiguration(ResponderSettings settings, DemoLayout files)
    {
        try
        {
            DemoFile.Write(files.Configuration, "// Written by demo --galera at each start.\n" + SettingsText.Create(settings));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"--directory: {e.Message}", e);
        }
    }

    /// <summary>What was made on one node is there on the others a moment later: a causal reading waits for that.</summary>
    private static async Task WaitForNodesAsync(GaleraSettings galera, GaleraUserSettings user, CancellationToken cancellationToken)
    {
        foreach (GaleraNodeSettings node in galera.Nodes)
        {
            DbDataSource source = GaleraClusters.CreateDataSource(galera, node, user, TimeProvider.System);
            await using (source.ConfigureAwait(false))
            {
                try
                {
                    DbConnection connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
                    await using (connection.ConfigureAwait(false))
                    {
                        await SqlCommands.ExecuteAsync(SqlCommands.Create(connection, transaction: null, "SET SESSION wsrep_sync_wait = 1"), cancellationToken).ConfigureAwait(false);
                        await SqlCommands.ExecuteAsync(SqlCommands.Create(connection, transaction: null, "SELECT version FROM schema_version"), cancellationToken).ConfigureAwait(false);
                    }
                }
                catch (DbException)
                {
                    // A node that does not answer is not used either.
                }
            }
        }
    }
}
