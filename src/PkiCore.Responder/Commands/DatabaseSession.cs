using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using PkiCore.Galera;
using PkiCore.Galera.Writing;
using PkiCore.Responder.Configuration;
using PkiCore.Responder.Hosting;
using PkiCore.X509;

namespace PkiCore.Responder.Commands;

/// <summary>A store for one command: as the writer of the configuration, for one CA.</summary>
/// <param name="Store">The store.</param>
/// <param name="Issuer">The CA.</param>
internal sealed record DatabaseSession(RevocationStore Store, Issuer Issuer)
{
    /// <summary>Runs a command on the database.</summary>
    /// <returns>Its exit status.</returns>
    /// <exception cref="ConfigurationException">It cannot be done; nothing that it would have done has been done, unless the message says otherwise.</exception>
    public static Task<int> RunAsync(FileInfo config, FileInfo ca, Func<DatabaseSession, Task<int>> command, CancellationToken cancellationToken) =>
        RunAsync(config, ca, nameof(GaleraSettings.Writer), command, cancellationToken);

    /// <inheritdoc cref="RunAsync(FileInfo, FileInfo, Func{DatabaseSession, Task{int}}, CancellationToken)"/>
    /// <param name="user">As whom: the name of the setting.</param>
    public static async Task<int> RunAsync(FileInfo config, FileInfo ca, string user, Func<DatabaseSession, Task<int>> command, CancellationToken cancellationToken)
    {
        GaleraSettings settings = SettingsFile.LoadGalera(config.FullName);
        Issuer issuer = DatabaseOptions.LoadIssuer(ca);
        GaleraCluster cluster = GaleraClusters.Create(settings, DatabaseOptions.FindUser(settings, user), TimeProvider.System, NullLoggerFactory.Instance);
        await using (cluster.ConfigureAwait(false))
        {
            await cluster.StartAsync(cancellationToken).ConfigureAwait(false);
            var store = new RevocationStore(cluster);
            await using (store.ConfigureAwait(false))
            {
                try
                {
                    if (await store.FindSchemaProblemAsync(cancellationToken).ConfigureAwait(false) is { } problem)
                    {
                        throw new ConfigurationException(problem + ".");
                    }

                    return await command(new DatabaseSession(store, issuer)).ConfigureAwait(false);
                }
                catch (RevocationStoreException e)
                {
                    throw new ConfigurationException(e.Message, e);
                }
            }
        }
    }

    /// <summary>Does operations, or says what would become of them.</summary>
    /// <exception cref="ConfigurationException">An operation cannot be, whatever the database says.</exception>
    public Task<IReadOnlyList<RevocationResult>> ApplyAsync(IReadOnlyList<RevocationOperation> operations, bool isDryRun, CancellationToken cancellationToken) =>
        operations.Select(OperationCheck.FindFault).FirstOrDefault(fault => fault is not null) is { } fault ? throw new ConfigurationException(fault)
        : isDryRun ? Store.PreviewAsync(Issuer, operations, cancellationToken) : Store.ApplyAsync(Issuer, operations, cancellationToken);
}
