using System.CommandLine;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using PkiCore.Galera;
using PkiCore.Galera.Cluster;
using PkiCore.Responder.Configuration;
using PkiCore.Responder.Hosting;
using Spectre.Console;

namespace PkiCore.Responder.Commands;

/// <summary><c>galera status</c>: the nodes as an edge sees them; on a terminal until it is interrupted.</summary>
internal static class GaleraStatusCommand
{
    private const int HasProblem = 2;
    private static readonly TimeSpan s_redraw = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        Option<FileInfo> config = DatabaseOptions.Config();
        var once = new Option<bool>("--once") { Description = "Print the table once, also on a terminal" };
        var command = new Command(
            "status",
            "Show the nodes of the cluster as this machine sees them: state, size of the cluster, transactions behind, round trip, offset of the clock, innodb_flush_log_at_trx_commit, and which one is read. "
            + "On a terminal it is shown until Ctrl+C. Exit status: 0 all is well, 1 the configuration cannot be used, 2 there is a problem.") { config, once };
        command.SetAction((result, cancellationToken) => RunAsync(SettingsFile.LoadGalera(result.GetValue(config)!.FullName), result.GetValue(once), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(GaleraSettings settings, bool once, CancellationToken cancellationToken)
    {
        GaleraUserSettings user = DatabaseOptions.FindUser(settings, nameof(GaleraSettings.Edge), nameof(GaleraSettings.Writer), nameof(GaleraSettings.Publisher), nameof(GaleraSettings.Admin));
        GaleraCluster cluster = GaleraClusters.Create(settings, user, TimeProvider.System, NullLoggerFactory.Instance);
        await using (cluster.ConfigureAwait(false))
        {
            await cluster.StartAsync(cancellationToken).ConfigureAwait(false);
            if (!once && AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected)
            {
                await ShowAsync(cluster, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                Console.Write(GaleraStatusText.Describe(cluster.View));
            }

            ClusterView view = cluster.View;
            return view.Nearest is not null && GaleraStatusText.Problems(view).Length == 0 ? 0 : HasProblem;
        }
    }

    private static async Task ShowAsync(GaleraCluster cluster, CancellationToken cancellationToken)
    {
        // Nobody else heeds Ctrl+C: the cursor would stay hidden, and the exit status be that of a killed program.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
        {
            signal.Cancel = true;
            stopping.Cancel();
        });
        await AnsiConsole.Live(ToTable(cluster.View)).StartAsync(async context =>
        {
            while (!stopping.IsCancellationRequested)
            {
                context.UpdateTarget(ToTable(cluster.View));
                await Task.Delay(s_redraw, TimeProvider.System, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }).ConfigureAwait(false);
    }

    private static Table ToTable(ClusterView view)
    {
        Table table = new Table().Border(TableBorder.Rounded);
        foreach (string column in GaleraStatusText.Columns)
        {
            table.AddColumn(column);
        }

        foreach (NodeView node in view.Nodes)
        {
            table.AddRow([.. GaleraStatusText.Row(view, node).Select(Markup.Escape)]);
        }

        string problems = GaleraStatusText.Problems(view);
        return problems.Length == 0 ? table : table.Caption(Markup.Escape(problems.TrimEnd()));
    }
}
