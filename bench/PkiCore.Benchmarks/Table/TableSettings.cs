using System.Text.Json;
using PkiCore.X509;

namespace PkiCore.Benchmarks.Table;

/// <summary>What a child process is to measure; handed over as JSON on its command line.</summary>
internal sealed record TableSettings
{
    /// <summary>The folder of the demonstration CA.</summary>
    public required string Ca { get; init; }

    public required int Certificates { get; init; }

    public int SerialLength { get; init; } = 16;

    /// <summary>The prepared hashes; <see langword="null"/> for those that are the default.</summary>
    public IReadOnlyList<CertIdHash>? Hashes { get; init; }

    /// <summary>Whether they are in one response.</summary>
    public bool CombineHashes { get; init; }

    public bool HugePages { get; init; } = true;

    /// <summary>Only show that it runs.</summary>
    public bool Quick { get; init; }

    /// <summary>Whether the responder that was filled is to answer at random, too.</summary>
    public bool MeasureHits { get; init; }

    /// <summary>How many certificates are revoked in the end.</summary>
    public int Revocations { get; init; }

    /// <summary>Where a snapshot is kept; <see langword="null"/> for none.</summary>
    public string? SnapshotDirectory { get; init; }

    /// <summary>Whether the source can be read.</summary>
    public bool SourceIsReachable { get; init; } = true;

    /// <summary>When the process was started, by <see cref="System.Diagnostics.Stopwatch"/>, which is one clock for all processes.</summary>
    public long StartedAt { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this);

    public static TableSettings FromJson(string json) => JsonSerializer.Deserialize<TableSettings>(json)!;
}
