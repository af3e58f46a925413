namespace PkiCore.Campaigns.Harness;

/// <summary>When a campaign has disturbed enough: after a time or, if that is given, a number of rounds.</summary>
internal sealed record CampaignLimit(TimeSpan Duration, int? Rounds)
{
    public bool IsReached(TimeSpan elapsed, int rounds) => Rounds is { } limit ? rounds >= limit : elapsed >= Duration;

    public string Describe(TimeSpan elapsed, int rounds) =>
        Rounds is { } limit ? $"{rounds} of {limit}" : FormattableString.Invariant($"{elapsed.TotalSeconds:0} of {Duration.TotalSeconds:0} s");

    /// <summary>As it is given on the command line.</summary>
    public override string ToString() => Rounds is { } limit ? $"--rounds {limit}" : $"--duration {Harness.Duration.Format(Duration)}";
}
