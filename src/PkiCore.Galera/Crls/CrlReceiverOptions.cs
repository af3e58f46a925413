namespace PkiCore.Galera.Crls;

/// <summary>How publications are received.</summary>
internal sealed record CrlReceiverOptions
{
    /// <summary>The folder that is served: with the link <c>current</c>.</summary>
    public required string Directory { get; init; }

    /// <summary>The folder of a publisher on this machine, on the same file system; <see langword="null"/> when there is none.</summary>
    public string? PublishedDirectory { get; init; }

    /// <summary>How often the database is asked.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Is called when another publication is served.</summary>
    public Action? OnSwitched { get; init; }
}
