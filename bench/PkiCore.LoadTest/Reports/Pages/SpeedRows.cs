using PkiCore.LoadTest.Reports.Compare;

namespace PkiCore.LoadTest.Reports.Pages;

/// <summary>A row of the README's table.</summary>
/// <param name="Name">What is measured.</param>
/// <param name="Read">What it came to; <see langword="null"/> where nobody has saved it.</param>
internal sealed record SpeedRow(string Name, Func<ResultFiles, SpeedCells?> Read);

/// <summary>Which results the README shows, and what they are called there.</summary>
internal static class SpeedRows
{
    public static IReadOnlyList<SpeedRow> All { get; } =
    [
        new("GET over HTTP, the server on one processor; Kestrel and nginx repeat fixed bytes", results => SpeedCells.Rate(
            results, Server.PkiCoreGet, (Server.KestrelGet, "Kestrel's rate"), (Server.NginxFile, "that of nginx from files"), (Server.NginxMemory, "that of nginx from memory"))),
        new("POST over HTTP", results => SpeedCells.Rate(results, Server.PkiCorePost, (Server.KestrelPost, "Kestrel's rate"), (Server.Cfssl, "that of `cfssl ocspserve`"))),
        new("processor time of a GET at a fixed rate", SpeedCells.Processor),
        new("p99 of GETs at half of the maximum", SpeedCells.Tail),
        new("p99 of hits beside floods, revocations, snapshots and slow clients", SpeedCells.BesideHits),

        Line("parse a request", "ratios", "parse a request (Ordinary)", "{pkiCore}, {bytes} bytes", "{ratio} BouncyCastle's rate"),
        Line("answer one of 100,000 certificates, bytes to bytes", "ratios", "answer a hit, 100,000 certificates", "{pkiCore}, {bytes} bytes", "{ratio} the rate of BouncyCastle and a dictionary"),
        Line("build and sign a P-256 answer", "ratios", "build and sign (EcdsaP256)", "{pkiCore}, {bytes} bytes", "{ratio} the rate of a bare `ECDsa.TrySignHash`"),
        Line("sign with a P-256 key on a SoftHSM token", "signing", "SoftHSM, P-256, 1 thread, not verified", "{pkiCore}/s, {bytes} bytes", "{ratio}x the rate of a C loop over its library"),

        Line("10,000,000 certificates, one hash, all signed: resident memory of the process", "table", "one hash: resident memory per certificate", "{value} each", ""),
        Line("the same: answers of one thread, bytes to bytes", "table", "one hash: hits/s, one thread", "{value}/s", ""),
        Line("the same: restart from a snapshot in the page cache to the first right answer", "table", "one hash: restart to first answer, source in sync, page cache warm", "{value}, the longest of 3", ""),

        Line("a CRL of 1,000,000 entries, from the kept state to signed bytes", "crl", "1,000,000 entries, 49.0 MB: complete CRL from state to signed bytes, to SHA-256", "{note}", "{value} the time of SHA-256 over it"),
        new("a CRL of 100,000 entries, from a list", SpeedCells.CrlFromList),

        Line("a revocation on one node of a cluster, to \"revoked\" at an edge that reads another: p99", "galera", "500 revocations on one node, to \"revoked\" at an edge that reads another: p99", "{value}", ""),
        Line("first load of 2,000,000 certificates from a node", "galera", "first load of 2,000,000 certificates into the table, to mariadb --quick --batch > /dev/null", "{note}", "{value} the time of `mariadb --quick --batch`"),
    ];

    /// <param name="name">What it is called here.</param>
    /// <param name="file">The name of the results.</param>
    /// <param name="line">The first cell of a line of them.</param>
    /// <param name="value">The cell of PkiCore; <c>{column}</c> stands for a cell of the line.</param>
    /// <param name="beside">The cell beside it.</param>
    private static SpeedRow Line(string name, string file, string line, string value, string beside) =>
        new(name, results => results.Table(file) is { } table ? SpeedCells.OfLine(table.Row(line), value, beside) : null);
}
