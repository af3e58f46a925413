namespace PkiCore.Galera.Crls;

/// <summary>How publications are sent.</summary>
internal sealed record CrlSenderOptions
{
    /// <summary>The folder of the publisher, with the link <c>current</c>.</summary>
    public required string Directory { get; init; }

    /// <summary>Where others can fetch the files of <c>current</c> by name, for those that are too large for the database; empty: nowhere.</summary>
    public string Location { get; init; } = "";

    /// <summary>Larger files stay out of the database.</summary>
    public long MaxStoredSize { get; init; } = 64 << 20;

    /// <summary>How many publications stay in the database: who is fetching one has time to finish.</summary>
    public int KeptPublications { get; init; } = 3;
}
