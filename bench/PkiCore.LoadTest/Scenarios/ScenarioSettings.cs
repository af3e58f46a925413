namespace PkiCore.LoadTest.Scenarios;

/// <summary>How much of everything there is.</summary>
/// <param name="IsQuick">Only to see that all works.</param>
/// <param name="Turns">How often each scenario is measured.</param>
/// <param name="Length">How long hits are measured in a turn.</param>
internal sealed record ScenarioSettings(bool IsQuick, int Turns, TimeSpan Length)
{
    /// <summary>Certificates, where nothing else is said.</summary>
    public int Ordinary => IsQuick ? 1_000 : 10_000;

    public int Large => IsQuick ? 5_000 : 1_000_000;

    public int Largest => IsQuick ? 20_000 : 10_000_000;

    /// <summary>The share of what a scenario is about that has to have been done. A quick look judges nothing by time: there it only has to be under way.</summary>
    public double LeastDone => IsQuick ? 0.1 : 0.9;

    /// <summary>Before every measurement: the connections' buffers and the caches.</summary>
    public TimeSpan WarmUp { get; } = TimeSpan.FromSeconds(1);

    /// <summary>After the start of a host, for its code to be compiled well.</summary>
    public TimeSpan FirstWarmUp => TimeSpan.FromSeconds(IsQuick ? 1 : 10);
}
