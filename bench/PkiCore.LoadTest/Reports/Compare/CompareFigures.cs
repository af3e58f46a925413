using System.Text.Json;

namespace PkiCore.LoadTest.Reports.Compare;

/// <summary>A run of <c>bench/compare/run.sh</c>, as it is kept in <c>bench/results/compare-DATE.json</c>.</summary>
/// <param name="Date">When, in UTC.</param>
/// <param name="Machine">Processor, kernel, runtime and the versions of the servers.</param>
/// <param name="OtherProcesses">What else used the processors; empty when nothing did.</param>
/// <param name="ReplyBytes">The length of the answer.</param>
/// <param name="Turns">How often each server was measured.</param>
/// <param name="SecondsPerTurn">How long each time.</param>
/// <param name="Samples">In the order in which they were taken.</param>
internal sealed record CompareFigures(
    string Date, string Machine, string OtherProcesses, int ReplyBytes, int Turns, double SecondsPerTurn, IReadOnlyList<CompareSample> Samples)
{
    /// <summary>As many as ratios are taken at.</summary>
    public const int Connections = 64;

    /// <summary>In the order in which they were measured.</summary>
    public IReadOnlyList<string> Servers => [.. Samples.Select(sample => sample.Server).Distinct(StringComparer.Ordinal)];

    public static CompareFigures Parse(string json) => JsonSerializer.Deserialize<CompareFigures>(json, ResultJson.Options)!;

    /// <summary>The samples of one server and kind, one a turn; with any connections where none are named.</summary>
    public SampleSeries Of(string kind, string server, string? mode = null, int? connections = null) =>
        new([.. Samples.Where(sample => sample.Kind == kind && sample.Server == server && (mode is null || sample.Mode == mode) && (connections is null || sample.Connections == connections))]);

    /// <summary>nginx with files, on 64 connections that stay open: in each turn the one of its two settings of which this figure is less.</summary>
    public SampleSeries FasterNginxFile(string kind, Func<CompareSample, double?> figure) => new(
    [
        .. Samples.Where(sample => sample.Kind == kind && sample is { Mode: ConnectionMode.KeepAlive, Connections: Connections, Server: Server.NginxFile or Server.NginxFileNoSendfile })
            .GroupBy(sample => sample.Turn, (_, both) => both.MinBy(figure)!),
    ]);

    /// <summary>How many requests per second were sent to all servers; <see langword="null"/> where nothing of the kind was measured.</summary>
    public double? RateAsked(string kind) => Samples.FirstOrDefault(sample => sample.Kind == kind)?.RateAsked;

    /// <summary>As many requests as a server can do, on 64 connections that stay open, or on new ones where it keeps none open.</summary>
    public SampleSeries Saturation(string server)
    {
        SampleSeries kept = Of(SampleKind.Saturation, server, ConnectionMode.KeepAlive, Connections);
        return kept.IsEmpty ? Of(SampleKind.Saturation, server, ConnectionMode.Close, Connections) : kept;
    }
}

/// <summary>One server in one turn. Times of answers are in milliseconds.</summary>
internal sealed record CompareSample(
    string Kind,
    int Turn,
    string Server,
    string Mode,
    int Connections,
    double? RateAsked = null,
    double? RequestsPerSecond = null,
    double Errors = 0,
    double? ServerCorePercent = null,
    double? ClientCorePercent = null,
    double? CpuMicrosecondsPerRequest = null,
    double? P50 = null,
    double? P95 = null,
    double? P99 = null,
    double? P999 = null,
    double? OwnLatenessP99 = null,
    double? BytesPerRequest = null,
    double? StartMilliseconds = null)
{
    private const double EnoughOfTheRate = 0.99;

    /// <summary>Whether the server did what it was asked for; otherwise its times and costs are those of something else.</summary>
    public bool IsSound => Errors == 0 && (RateAsked is null || RequestsPerSecond >= EnoughOfTheRate * RateAsked);
}

/// <summary>What a sample was taken for.</summary>
internal static class SampleKind
{
    /// <summary>As fast as it goes.</summary>
    public const string Saturation = "saturation";

    /// <summary>At the same rate for all servers.</summary>
    public const string Fixed = "fixed";

    /// <summary>At half of PkiCore's maximum.</summary>
    public const string Half = "half";

    /// <summary>To see what is allocated.</summary>
    public const string Allocated = "allocated";

    /// <summary>From the start of the server to its first answer.</summary>
    public const string Start = "start";
}

/// <summary>What becomes of a connection after a request.</summary>
internal static class ConnectionMode
{
    public const string KeepAlive = "keep-alive";

    public const string Close = "close";
}

/// <summary>The names of the servers that are compared with.</summary>
internal static class Server
{
    public const string PkiCoreGet = "PkiCore GET";
    public const string PkiCorePost = "PkiCore POST";
    public const string KestrelGet = "Kestrel GET";
    public const string KestrelPost = "Kestrel POST";
    public const string NginxFile = "nginx file GET";
    public const string NginxFileNoSendfile = "nginx file, no sendfile GET";
    public const string NginxMemory = "nginx memory GET";
    public const string Cfssl = "cfssl POST";
    public const string OpenSsl = "openssl ocsp POST";

    /// <summary>Kestrel with fixed bytes by the same method.</summary>
    public static string KestrelLike(string server) => server.EndsWith("POST", StringComparison.Ordinal) ? KestrelPost : KestrelGet;
}
