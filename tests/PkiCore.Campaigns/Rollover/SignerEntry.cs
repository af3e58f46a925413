namespace PkiCore.Campaigns.Rollover;

/// <summary>A line of the journal: a signer is about to be installed or, the second time, its files are in place.</summary>
/// <param name="At">When.</param>
/// <param name="Signer">The hash of its key, as answers name it.</param>
/// <param name="Operation">How its files are replaced.</param>
/// <param name="IsInstalled">Whether they are.</param>
internal sealed record SignerEntry(DateTimeOffset At, string Signer, string Operation, bool IsInstalled);
