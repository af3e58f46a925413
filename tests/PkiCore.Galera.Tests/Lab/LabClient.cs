using System.Globalization;

namespace PkiCore.Galera.Tests;

/// <summary>A client of the lab that is none of ours: MariaDB's own, over TCP.</summary>
internal static class LabClient
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    /// <summary>Asks a node who the client is; it verifies the server, and presents the certificate of a user.</summary>
    public static Task<ToolResult> WhoAmIAsync(Lab lab, int node, string user, string certificateOf) =>
        AskAsync(lab, node, user, [.. Verifying(lab), $"--ssl-cert={lab.ClientFiles(certificateOf).Certificate}", $"--ssl-key={lab.ClientFiles(certificateOf).Key}"]);

    public static Task<ToolResult> WhoAmIWithoutCertificateAsync(Lab lab, int node, string user) => AskAsync(lab, node, user, Verifying(lab));

    public static Task<ToolResult> WhoAmIWithoutTlsAsync(Lab lab, int node, string user) => AskAsync(lab, node, user, ["--skip-ssl"]);

    private static string[] Verifying(Lab lab) => [$"--ssl-ca={lab.ClientFiles("admin").Ca}", "--ssl-verify-server-cert"];

    private static Task<ToolResult> AskAsync(Lab lab, int node, string user, IEnumerable<string> options) => ToolProcess.RunAsync(
        RequiredTool.Find("mariadb"),
        [
            "--no-defaults",
            $"--host={lab.Address(node)}",
            $"--port={Lab.Port.ToString(CultureInfo.InvariantCulture)}",
            $"--user={user}",
            "--connect-timeout=10",
            "--batch",
            "--skip-column-names",
            .. options,
            "-e",
            "SELECT CURRENT_USER()",
        ],
        s_limit,
        TestContext.Current.CancellationToken);
}
