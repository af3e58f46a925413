namespace PkiCore.Campaigns.KillRestart;

/// <summary>A line of the journal: what is about to happen or, the second time, has.</summary>
/// <param name="At">When.</param>
/// <param name="Run">The run of the host; between two, the next one.</param>
/// <param name="Operation">What.</param>
/// <param name="Serials">The certificates it is about.</param>
/// <param name="IsDone">Whether it has happened.</param>
internal sealed record KillEntry(DateTimeOffset At, int Run, string Operation, IReadOnlyList<string> Serials, bool IsDone);
