using PkiCore.Campaigns.Asking;

namespace PkiCore.Campaigns.IndexChurn;

/// <summary>A line of the journal: what is about to be done to the index or, the second time, is done and visible.</summary>
/// <param name="At">When.</param>
/// <param name="Operation">What for.</param>
/// <param name="Changes">How certificates stand from then on; empty when the operation must not change anything.</param>
/// <param name="IsVisible">Whether it is done.</param>
internal sealed record ChurnEntry(DateTimeOffset At, string Operation, IReadOnlyList<StandingChange> Changes, bool IsVisible);

/// <summary>How a certificate is to stand.</summary>
internal sealed record StandingChange(string Serial, Standing Standing);
