using System.Diagnostics;
using System.Text;

namespace PkiCore.Testing;

/// <summary>What a tool printed and how it ended.</summary>
public sealed record ToolResult(string CommandLine, int ExitCode, byte[] OutputBytes, string Error)
{
    /// <summary>Standard output as UTF-8 text.</summary>
    public string Output => Encoding.UTF8.GetString(OutputBytes);

    public override string ToString() => $"{CommandLine}\nexit code {ExitCode}\n--- stdout\n{Output}\n--- stderr\n{Error}";
}

/// <summary>A tool ended with an exit code other than 0, or not in time.</summary>
public sealed class ToolException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>How to start a tool, beyond its name and arguments.</summary>
public sealed record ToolOptions
{
    /// <summary>Mandatory: a test that hangs tells nobody anything.</summary>
    public required TimeSpan Timeout { get; init; }

    public ReadOnlyMemory<byte> Input { get; init; }

    public string? WorkingDirectory { get; init; }

    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);
}

/// <summary>Runs external tools. There is never a shell in between: each argument arrives as it is.</summary>
public static class ToolProcess
{
    public static Task<ToolResult> RunAsync(
        string file, IEnumerable<string> arguments, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        RunAsync(file, arguments, new ToolOptions { Timeout = timeout }, cancellationToken);

    /// <summary>Like RunAsync, but an exit code other than 0 is an exception with the command line and all output.</summary>
    public static Task<ToolResult> RunCheckedAsync(
        string file, IEnumerable<string> arguments, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        RunCheckedAsync(file, arguments, new ToolOptions { Timeout = timeout }, cancellationToken);

    public static async Task<ToolResult> RunCheckedAsync(
        string file, IEnumerable<string> arguments, ToolOptions options, CancellationToken cancellationToken = default)
    {
        ToolResult result = await RunAsync(file, arguments, options, cancellationToken);
        return result.ExitCode == 0 ? result : throw new ToolException(result.ToString());
    }

    public static async Task<ToolResult> RunAsync(
        string file, IEnumerable<string> arguments, ToolOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);

        ProcessStartInfo start = StartInfo(file, arguments, options);
        string commandLine = string.Join(' ', start.ArgumentList.Prepend(file));
        using Process process = Process.Start(start) ?? throw new ToolException($"{commandLine}: did not start");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.Timeout);

        using var output = new MemoryStream();
        using var error = new MemoryStream();
        Task copyOutput = process.StandardOutput.BaseStream.CopyToAsync(output, limit.Token);
        Task copyError = process.StandardError.BaseStream.CopyToAsync(error, limit.Token);
        try
        {
            await WriteInputAsync(process, options.Input, limit.Token);
            await Task.WhenAll(copyOutput, copyError, process.WaitForExitAsync(limit.Token));
        }
        catch (OperationCanceledException e)
        {
            // By its own id, with what it started: never by name.
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            await Task.WhenAll(copyOutput, copyError).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            throw new ToolException(
                $"{commandLine}\nnot finished after {options.Timeout}\n--- stdout\n{Text(output)}\n--- stderr\n{Text(error)}", e);
        }

        return new ToolResult(commandLine, process.ExitCode, output.ToArray(), Text(error));
    }

    private static ProcessStartInfo StartInfo(string file, IEnumerable<string> arguments, ToolOptions options)
    {
        var start = new ProcessStartInfo(file)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = options.WorkingDirectory ?? "",
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string? value) in options.Environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private static async Task WriteInputAsync(Process process, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The tool ended or closed its input without reading all of it; its exit code says whether that was an error.
        }
    }

    private static string Text(MemoryStream bytes) => Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
}
