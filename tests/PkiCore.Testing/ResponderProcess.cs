using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace PkiCore.Testing;

/// <summary>The host as a process of its own, on ports that the system picks. Ended with the test, by its id.</summary>
public sealed partial class ResponderProcess : IAsyncDisposable
{
    public const int SigHup = 1;
    public const int SigInt = 2;
    public const int SigTerm = 15;

    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(10) };

    private ResponderProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The built program, of the same configuration as the running tests.</summary>
    public static string Program => Checkout.PathOf($"artifacts/bin/PkiCore.Responder/{Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))}/PkiCore.Responder");

    public int Id => _process.Id;

    /// <summary>Where OCSP is answered, with a slash at the end.</summary>
    public Uri Url => Address("OCSP") ?? throw new InvalidOperationException($"No address of OCSP in:\n{Output}");

    /// <summary>Where health and metrics are.</summary>
    public Uri Management => Address("health and metrics") ?? throw new InvalidOperationException($"No address of health and metrics in:\n{Output}");

    /// <summary>What it has printed so far, on both streams.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts <c>serve --config</c> and waits until it is ready.</summary>
    public static Task<ResponderProcess> ServeAsync(string configuration, CancellationToken cancellationToken) =>
        StartAsync(["serve", "--config", configuration], cancellationToken: cancellationToken);

    /// <summary>Starts the program and waits until it is ready, or only listens.</summary>
    /// <param name="arguments">Of the command line.</param>
    /// <param name="workingDirectory">Where it is started.</param>
    /// <param name="environment">Variables that are set for it.</param>
    /// <param name="untilReady">Whether to wait until it is ready.</param>
    /// <param name="processors">The processors it may use, as taskset takes them; <see langword="null"/> for those of the caller.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<ResponderProcess> StartAsync(
        IEnumerable<string> arguments,
        string? workingDirectory = null,
        IReadOnlyDictionary<string, string?>? environment = null,
        bool untilReady = true,
        string? processors = null,
        CancellationToken cancellationToken = default)
    {
        // taskset becomes the program: the process id is that of the responder.
        var start = new ProcessStartInfo(processors is null ? Program : "taskset", processors is null ? arguments : ["-c", processors, Program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = workingDirectory ?? "",
        };
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        var responder = new ResponderProcess(Process.Start(start)!);
        try
        {
            await Eventually.HoldsAsync("the responder listens", () => responder.IsListening(), cancellationToken);
            if (untilReady)
            {
                await responder.WaitUntilReadyAsync(cancellationToken);
            }

            return responder;
        }
        catch (Exception e)
        {
            await responder.DisposeAsync();
            throw new InvalidOperationException($"The responder did not start: {e.Message}\n{responder.Output}", e);
        }
    }

    /// <summary>Runs the program to its end: for commands that end by themselves, and for starts that must fail.</summary>
    public static Task<ToolResult> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken, ToolOptions? options = null) =>
        ToolProcess.RunAsync(Program, arguments, options ?? new ToolOptions { Timeout = TimeSpan.FromSeconds(15) }, cancellationToken);

    /// <summary>Waits until requests may be sent, and what can be signed ahead is.</summary>
    public Task WaitUntilReadyAsync(CancellationToken cancellationToken) => Eventually.HoldsAsync(
        "the responder is ready",
        async () =>
        {
            (HttpStatusCode status, string body) = await GetAsync("readyz", cancellationToken);
            return status == HttpStatusCode.OK && JsonNode.Parse(body)!["issuers"]!.AsArray().All(IsSigned);

            static bool IsSigned(JsonNode? issuer) => issuer!["problems"]!.AsArray().Count > 0 || (int)issuer["waitingToBeSigned"]! == 0;
        },
        cancellationToken);

    /// <summary>Waits until something has been printed.</summary>
    public Task WaitForOutputAsync(string text, CancellationToken cancellationToken) =>
        Eventually.HoldsAsync($"'{text}' in the output of the responder", () => Output.Contains(text, StringComparison.Ordinal), cancellationToken);

    /// <summary>Asks the second listener: healthz, readyz or metrics.</summary>
    public async Task<(HttpStatusCode Status, string Body)> GetAsync(string page, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await _client.GetAsync(new Uri(Management, page), cancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }

    /// <summary>Asks by POST.</summary>
    public async Task<byte[]> PostAsync(byte[] request, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(request);
        content.Headers.ContentType = new("application/ocsp-request");
        using HttpResponseMessage response = await _client.PostAsync(Url, content, cancellationToken);
        return response.StatusCode == HttpStatusCode.OK
            ? await response.Content.ReadAsByteArrayAsync(cancellationToken)
            : throw new InvalidOperationException($"HTTP {(int)response.StatusCode} {response.ReasonPhrase}");
    }

    public void Signal(int signal)
    {
        if (!_process.HasExited && Kill(_process.Id, signal) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(s_stopLimit, cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Stops it by SIGTERM.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> StopAsync(CancellationToken cancellationToken)
    {
        Signal(SigTerm);
        return WaitForExitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopAsync(CancellationToken.None);
        }
        catch (TimeoutException)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _client.Dispose();
        _process.Dispose();
    }

    private bool IsListening()
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException($"it ended with exit code {_process.ExitCode}");
        }

        return Address("OCSP") is not null && Address("health and metrics") is not null;
    }

    private void Add(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }

    /// <summary>The port that the system picked is in the log alone. All addresses are as good as the loopback one.</summary>
    private Uri? Address(string purpose) => Listening().Matches(Output).FirstOrDefault(line => line.Groups["purpose"].Value == purpose) is { } found
        ? new Uri($"http://127.0.0.1:{found.Groups["port"].Value}/")
        : null;

    [GeneratedRegex(@"Now listening on: http://\S*:(?<port>[0-9]+)/? \((?<purpose>[^)]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Listening();

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
