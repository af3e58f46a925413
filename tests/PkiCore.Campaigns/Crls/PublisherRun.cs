using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace PkiCore.Campaigns.Crls;

/// <summary>One life of the publisher, a process of its own.</summary>
internal sealed partial class PublisherRun : IAsyncDisposable
{
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly List<string> _lines = [];

    private PublisherRun(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data is { } text ? $"Error\t{text}" : null);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public bool HasExited => _process.HasExited;

    /// <summary>What it has printed; all of it once it has ended.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>What it said it has published.</summary>
    public IEnumerable<(string Name, BigInteger Number)> Published => FindPublished(Lines);

    /// <summary>What lines of a log say was published.</summary>
    public static IEnumerable<(string Name, BigInteger Number)> FindPublished(IEnumerable<string> lines) => lines.Select(line => PublishedLine().Match(line)).Where(match => match.Success)
        .Select(match => (match.Groups["name"].Value, BigInteger.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture)));

    /// <summary>What it complained of.</summary>
    public IEnumerable<string> Complaints => Lines.Where(line => !line.StartsWith("Information\t", StringComparison.Ordinal));

    public static PublisherRun Start(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        return new PublisherRun(Process.Start(start)!);
    }

    /// <summary>Ends it by SIGKILL, at once; returns when it is gone and all it said is read.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _process.Kill();
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(s_stopLimit, cancellationToken);
    }

    /// <summary>Lets it end by itself.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync(CancellationToken cancellationToken)
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(s_stopLimit, cancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private void Add(string? line)
    {
        if (line is not null)
        {
            lock (_lines)
            {
                _lines.Add(line);
            }
        }
    }

    [GeneratedRegex(@"^Information\tCRL of .*?: (?<name>\S+\.crl) number (?<number>[0-9]+),", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PublishedLine();
}
