using PkiCore.LoadTest.Scenarios.Disturbances;
using PkiCore.LoadTest.Scenarios.Hosts;

namespace PkiCore.LoadTest.Scenarios;

/// <summary>A scenario that can be measured.</summary>
/// <param name="Name">Short, without blanks: it is an argument, too.</param>
/// <param name="Description">What happens, in a sentence.</param>
/// <param name="Host">Who is asked.</param>
/// <param name="Share">The rate of hits as a share of the maximum.</param>
internal sealed record ScenarioPlan(string Name, string Description, HostPlan Host, double Share)
{
    /// <summary>What goes on beside hits; <see langword="null"/> for nothing.</summary>
    public Func<Surroundings, IDisturbance>? Beside { get; init; }

    /// <summary>Whether hits have to stay quick beside it.</summary>
    public bool IsGated { get; init; }

    /// <summary>How unequally often certificates are asked for, as <see cref="Injection.Scenario.Zipf"/>.</summary>
    public double Zipf { get; init; } = 1;

    /// <summary>Whether a hit in two hundred may be told to try later: from a change to the reading that vouches for it there is nothing to be said of a certificate.</summary>
    public bool MayPutOff { get; init; }

    /// <summary>Whether the host is not after it what it was before: each turn has a new one.</summary>
    public bool LeavesTraces { get; init; }

    /// <summary>A turn is at least so long.</summary>
    public TimeSpan MinLength { get; init; }

    /// <summary>Whether nginx gets the same load, for comparison.</summary>
    public bool HasNginx { get; init; }
}
