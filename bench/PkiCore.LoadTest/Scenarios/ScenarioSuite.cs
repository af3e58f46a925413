using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using PkiCore.LoadTest.Reports;
using PkiCore.LoadTest.Scenarios.Disturbances;
using PkiCore.LoadTest.Scenarios.Hosts;
using PkiCore.Testing;

namespace PkiCore.LoadTest.Scenarios;

/// <summary>Measures the maximum, and then the scenarios.</summary>
internal sealed class ScenarioSuite(ScenarioRoom room, CancellationToken cancellationToken)
{
    private readonly List<ScenarioFigures> _figures = [];
    private HostPlan? _plan;
    private ScenarioHost? _host;
    private TurnRunner? _runner;

    /// <summary>What can go wrong with a host or its clients, and is no mistake of this program. A timeout of HTTP looks like a cancellation.</summary>
    public static bool IsFault(Exception e) => e is DisturbanceException or SocketException or HttpRequestException or IOException or UnauthorizedAccessException
        or TimeoutException or ToolException or InvalidOperationException or JsonException or AggregateException or OperationCanceledException;

    public async Task<SuiteFigures> MeasureAsync(IReadOnlyList<ScenarioPlan> plans, string otherProcesses)
    {
        string date = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        try
        {
            TurnRunner runner = await UseAsync(ScenarioList.Ordinary(room.Settings), warmUpRate: 0);
            room.Report("looking for the maximum");
            (double maximum, double senderBusy) = runner.FindMaximum();
            room.Report(string.Create(CultureInfo.InvariantCulture, $"the maximum is {maximum:N0}/s"));
            foreach (ScenarioPlan plan in plans)
            {
                await MeasureAsync(plan, maximum);
            }

            return new SuiteFigures(date, Machine.Describe(), otherProcesses, maximum, _figures) { MaximumSenderBusy = senderBusy };
        }
        finally
        {
            await EndHostAsync();
        }
    }

    private async Task MeasureAsync(ScenarioPlan plan, double maximum)
    {
        room.Report(string.Create(CultureInfo.InvariantCulture, $"{plan.Name}: {plan.Description}"));
        try
        {
            var turns = new List<TurnFigures>();
            int atOnce = plan.LeavesTraces ? 1 : room.Settings.Turns;
            while (turns.Count < room.Settings.Turns)
            {
                TurnRunner runner = await UseAsync(plan.Host, plan.Share * maximum);
                turns.AddRange(await runner.MeasureAsync(plan, maximum, turns.Count + 1, atOnce));
                if (plan.LeavesTraces)
                {
                    await EndHostAsync();
                }
            }

            _figures.Add(FiguresOf(plan, turns));
        }
        catch (LeftOutException e)
        {
            room.Report($"{plan.Name} is left out: {e.Message}");
        }
        catch (Exception e) when (IsFault(e) && !cancellationToken.IsCancellationRequested)
        {
            room.Report($"{plan.Name} has failed: {e.Message}");
            _figures.Add(FiguresOf(plan, []) with { Failure = e.Message });
            await EndBrokenHostAsync();
        }
    }

    private ScenarioFigures FiguresOf(ScenarioPlan plan, IReadOnlyList<TurnFigures> turns) =>
        new(plan.Name, plan.Description, plan.Host.Certificates, plan.Share, plan.IsGated, turns) { IsQuick = room.Settings.IsQuick };

    /// <summary>The next scenario gets a new one, whatever has become of this.</summary>
    private async Task EndBrokenHostAsync()
    {
        try
        {
            await EndHostAsync();
        }
        catch (Exception e) when (IsFault(e))
        {
            room.Report($"The host does not end well: {e.Message}");
        }
    }

    /// <summary>Starts the host of a plan, unless it is there already.</summary>
    private async Task<TurnRunner> UseAsync(HostPlan plan, double warmUpRate)
    {
        if (_runner is { } current && plan == _plan)
        {
            return current;
        }

        await EndHostAsync();
        _host = await plan.StartAsync(room, cancellationToken);
        _runner = new TurnRunner(room, _host, cancellationToken);
        _plan = plan;
        await _host.WaitUntilCalmAsync(cancellationToken);
        _runner.WarmUp(warmUpRate);
        return _runner;
    }

    private async Task EndHostAsync()
    {
        if (_host is { } host)
        {
            (_host, _runner, _plan) = (null, null, null);
            await host.DisposeAsync();
        }
    }
}
