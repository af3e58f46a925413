using System.Globalization;
using PkiCore.LoadTest.Reports;
using PkiCore.LoadTest.Scenarios.Hosts;

namespace PkiCore.LoadTest.Scenarios;

/// <summary>Measures the maximum, and then the scenarios.</summary>
internal sealed class ScenarioSuite(ScenarioRoom room, CancellationToken cancellationToken)
{
    private readonly List<ScenarioFigures> _figures = [];
    private HostPlan? _plan;
    private ScenarioHost? _host;
    private TurnRunner? _runner;

    public async Task<SuiteFigures> MeasureAsync(IReadOnlyList<ScenarioPlan> plans, string otherProcesses)
    {
        string date = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        try
        {
            TurnRunner runner = await UseAsync(ScenarioList.Ordinary(room.Settings), warmUpRate: 0);
            room.Report("looking for the maximum");
            double maximum = runner.FindMaximum();
            room.Report(string.Create(CultureInfo.InvariantCulture, $"the maximum is {maximum:N0}/s"));
            foreach (ScenarioPlan plan in plans)
            {
                await MeasureAsync(plan, maximum);
            }

            return new SuiteFigures(date, Machine.Describe(), otherProcesses, maximum, _figures);
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
            TurnRunner runner = await UseAsync(plan.Host, plan.Share * maximum);
            _figures.Add(await runner.MeasureAsync(plan, maximum));
        }
        catch (LeftOutException e)
        {
            room.Report($"{plan.Name} is left out: {e.Message}");
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
