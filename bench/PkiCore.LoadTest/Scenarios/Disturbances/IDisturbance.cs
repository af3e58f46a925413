using System.Collections.ObjectModel;
using PkiCore.LoadTest.Injection;
using PkiCore.LoadTest.Scenarios.Hosts;

namespace PkiCore.LoadTest.Scenarios.Disturbances;

/// <summary>What goes on beside hits, once.</summary>
internal interface IDisturbance : IDisposable
{
    /// <summary>What went wrong with its own requests, by name. It counts like errors of hits. Final after <see cref="EndAsync"/>.</summary>
    IReadOnlyDictionary<string, long> Errors => ReadOnlyDictionary<string, long>.Empty;

    /// <summary>Begins, and returns when it is in full swing.</summary>
    Task BeginAsync(CancellationToken cancellationToken);

    /// <summary>Ends, and says by name what was done.</summary>
    /// <exception cref="DisturbanceException">Less was done than the scenario is about.</exception>
    Task<IReadOnlyDictionary<string, double>> EndAsync(CancellationToken cancellationToken);
}

/// <summary>What a disturbance is about to disturb.</summary>
/// <param name="Settings">How much of everything there is.</param>
/// <param name="Host">The host.</param>
/// <param name="Hits">What is asked of it meanwhile.</param>
internal sealed record Surroundings(ScenarioSettings Settings, ScenarioHost Host, Scenario Hits);

/// <summary>A disturbance has not happened: what was measured beside it says nothing.</summary>
internal sealed class DisturbanceException(string message) : Exception(message)
{
    public static void ThrowUnless(bool condition, string message)
    {
        if (!condition)
        {
            throw new DisturbanceException(message);
        }
    }
}
