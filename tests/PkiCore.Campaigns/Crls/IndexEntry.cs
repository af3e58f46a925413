namespace PkiCore.Campaigns.Crls;

/// <summary>A line of the journal: what is about to happen or, the second time, has.</summary>
/// <param name="At">When.</param>
/// <param name="Operation">What.</param>
/// <param name="State">How the certificates stand then.</param>
/// <param name="Serials">The certificates it is about.</param>
/// <param name="IsDone">Whether it has happened.</param>
internal sealed record IndexEntry(DateTimeOffset At, string Operation, RevocationStates State, IReadOnlyList<string> Serials, bool IsDone);
