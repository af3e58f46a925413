namespace PkiCore.Campaigns.Harness;

/// <summary>
/// Disturbs a running system at random for a while, and judges from a journal whether it kept its promises. <see cref="DisturbAsync"/> writes to
/// the journal what it is about to do, and what was acknowledged, before the next disturbance.
/// </summary>
internal abstract class Campaign : IAsyncDisposable
{
    /// <summary>Every promise that was not kept; one is enough for the campaign to fail.</summary>
    public FaultList Faults { get; } = new();

    /// <summary>One line about what was done so far.</summary>
    public abstract string Progress { get; }

    /// <summary>What came of it, for the summary at the end.</summary>
    public abstract IEnumerable<(string Name, string Value)> Figures { get; }

    /// <summary>Starts the system and the readers.</summary>
    public abstract Task ArrangeAsync(CancellationToken cancellationToken);

    /// <summary>Disturbs once; called again and again until the time is over or something is at fault.</summary>
    public abstract Task DisturbAsync(Random random, CancellationToken cancellationToken);

    /// <summary>Reads the journal back and compares it with what the system says now.</summary>
    public abstract Task JudgeAsync(CancellationToken cancellationToken);

    /// <summary>Ends what was started.</summary>
    public abstract ValueTask DisposeAsync();
}

/// <summary>What a campaign is given.</summary>
/// <param name="Seed">Where every random choice comes from.</param>
/// <param name="Folder">An empty folder for its files; it stays when the campaign fails.</param>
internal sealed record CampaignContext(int Seed, string Folder)
{
    public string JournalPath => Path.Combine(Folder, "journal.jsonl");
}

/// <summary>A campaign by name.</summary>
internal sealed record CampaignEntry(string Name, string Description, Func<CampaignContext, Campaign> Create);
