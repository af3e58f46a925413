using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PkiCore.Testing.MariaDb;

/// <summary>A mariadbd of its own, in a temporary folder, on a Unix socket and a loopback port with TLS. Root has no password.</summary>
public sealed class MariaDbServer : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _directory;
    private Process? _process;

    private MariaDbServer(TemporaryDirectory directory)
    {
        _directory = directory;
        Certificates = new MariaDbCertificates(directory.File("tls"));
    }

    public int Port { get; private set; }

    public MariaDbCertificates Certificates { get; }

    public string SocketPath => _directory.File("mysqld.sock");

    public int ProcessId => _process?.Id ?? throw new InvalidOperationException("The server does not run.");

    private string LogFile => _directory.File("error.log");

    /// <summary>Installs a server in a new folder and starts it.</summary>
    /// <param name="options">More options of mariadbd, as <c>--skip-ssl</c>.</param>
    /// <returns>The running server; skips the calling test when MariaDB is not installed.</returns>
    public static async Task<MariaDbServer> StartAsync(params string[] options)
    {
        string install = RequiredTool.Find("mariadb-install-db");
        _ = RequiredTool.Find("mariadbd");
        var server = new MariaDbServer(new TemporaryDirectory());
        try
        {
            await server.Certificates.CreateAsync();
            await server.GiveAwayAsync();
            await ToolProcess.RunCheckedAsync(
                install,
                ["--no-defaults", $"--datadir={server._directory.File("data")}", "--auth-root-authentication-method=normal", "--skip-test-db", .. server.AsUser()],
                s_limit);
            await server.RunAsync(options);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it again on the same data, with other options.</summary>
    /// <param name="options">More options of mariadbd.</param>
    public async Task RestartAsync(params string[] options)
    {
        await StopAsync();
        await RunAsync(options);
    }

    /// <summary>Runs a statement as root with the command-line client.</summary>
    public async Task<string> SqlAsync(string statement)
    {
        ToolResult result = await ToolProcess.RunCheckedAsync(
            RequiredTool.Find("mariadb"), ["--no-defaults", "-u", "root", "-S", SocketPath, "-N", "-B", "-e", statement], s_limit);
        return result.Output.TrimEnd('\n');
    }

    /// <summary>Ends it in an instant, by its process id.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _directory.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task StopAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            await ToolProcess.RunCheckedAsync("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)], s_limit);
            await process.WaitForExitAsync(new CancellationTokenSource(s_limit).Token);
            process.Dispose();
        }
    }

    // mariadbd refuses to run as root.
    private static bool IsRoot => Environment.IsPrivilegedProcess;

    private string[] AsUser() => IsRoot ? ["--user=mysql"] : [];

    private async Task GiveAwayAsync()
    {
        Directory.CreateDirectory(_directory.File("data"));
        if (IsRoot)
        {
            await ToolProcess.RunCheckedAsync("chown", ["-R", "mysql", _directory.FullPath], s_limit);
        }
    }

    private async Task RunAsync(string[] options)
    {
        Port = FreePort();
        var start = new ProcessStartInfo(RequiredTool.Find("mariadbd")) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        string[] tls = options.Contains("--skip-ssl") ? [] :
        [
            $"--ssl-ca={Certificates.CaFile}", $"--ssl-cert={Certificates.ServerCertificateFile}", $"--ssl-key={Certificates.ServerKeyFile}",
        ];
        string[] arguments =
        [
            "--no-defaults", $"--datadir={_directory.File("data")}", $"--socket={SocketPath}", $"--port={Port}", "--bind-address=127.0.0.1",
            $"--log-error={LogFile}", $"--pid-file={_directory.File("mysqld.pid")}", "--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=0",
            "--innodb-log-file-size=64M", "--max-allowed-packet=64M", "--performance-schema=OFF", "--skip-name-resolve", .. tls, .. AsUser(), .. options,
        ];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start) ?? throw new ToolException("mariadbd did not start");
        await Eventually.HoldsAsync($"mariadbd answers; its log:\n{Log()}", AnswersAsync, s_limit, CancellationToken.None);
    }

    private async Task<bool> AnswersAsync()
    {
        if (_process!.HasExited)
        {
            throw new ToolException($"mariadbd ended with code {_process.ExitCode}:\n{Log()}");
        }

        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port);
            return File.Exists(SocketPath);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private string Log() => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "(none)";
}
