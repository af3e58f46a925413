namespace PkiCore.LoadTest.Reports;

/// <summary>All scenarios of a run, as they are kept in <c>bench/results/load-DATE.json</c>.</summary>
/// <param name="Date">When, in UTC.</param>
/// <param name="Machine">Processor, kernel, runtime and the versions of the peers.</param>
/// <param name="OtherProcesses">What else used the processors; empty when nothing did.</param>
/// <param name="Maximum">The highest rate, in requests per second, that was answered in time; the shares are of it.</param>
/// <param name="Scenarios">In the order in which they ran.</param>
internal sealed record SuiteFigures(string Date, string Machine, string OtherProcesses, double Maximum, IReadOnlyList<ScenarioFigures> Scenarios)
{
    /// <summary>The share of its time that the sender was busy at the maximum, 0 to 1.</summary>
    public double MaximumSenderBusy { get; init; }
}

/// <summary>One scenario.</summary>
/// <param name="Name">Short, as in tables.</param>
/// <param name="Description">What happens, in a sentence.</param>
/// <param name="Certificates">How many the responder answers for.</param>
/// <param name="Share">The rate of hits as a share of the maximum.</param>
/// <param name="IsGated">Whether hits have to stay as quick as the target says; others are only reported.</param>
/// <param name="Turns">The measurements, in turns.</param>
internal sealed record ScenarioFigures(string Name, string Description, long Certificates, double Share, bool IsGated, IReadOnlyList<TurnFigures> Turns)
{
    /// <summary>Why it could not be measured; <see langword="null"/> when it was.</summary>
    public string? Failure { get; init; }

    /// <summary>Whether it was only to be seen that all works: nothing is judged by time.</summary>
    public bool IsQuick { get; init; }
}

/// <summary>One turn.</summary>
/// <param name="Quiet">Hits with nothing beside.</param>
/// <param name="Beside">The same hits beside what the scenario does; <see langword="null"/> where it does nothing else.</param>
/// <param name="Nginx">The same load on nginx with one file; <see langword="null"/> where it is not compared.</param>
/// <param name="Facts">What the scenario itself counted, by name, such as how much of it was done.</param>
internal sealed record TurnFigures(RunFigures Quiet, RunFigures? Beside, RunFigures? Nginx, IReadOnlyDictionary<string, double> Facts);
