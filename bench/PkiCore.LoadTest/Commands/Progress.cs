using System.Diagnostics;
using System.Globalization;
using PkiCore.LoadTest.Injection;
using Spectre.Console;

namespace PkiCore.LoadTest.Commands;

/// <summary>Says how a run goes: one line that changes on a terminal, a line every five seconds elsewhere.</summary>
internal sealed class Progress(string name, TextWriter log)
{
    private static readonly TimeSpan s_lineInterval = TimeSpan.FromSeconds(5);

    private readonly long _start = Stopwatch.GetTimestamp();
    private long _lastTime = Stopwatch.GetTimestamp();
    private long _lastAnswers;

    /// <summary>Runs something and shows how it goes.</summary>
    public RunResult Show(Func<Action<IReadOnlyList<Counters>>, RunResult> run)
    {
        if (Console.IsErrorRedirected || log != Console.Error)
        {
            return run(counters => Report(counters, s_lineInterval, log.WriteLine));
        }

        IAnsiConsole terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(log) });
        return terminal.Status().Start(name, status => run(counters => Report(counters, TimeSpan.FromSeconds(1), line => status.Status(Markup.Escape(line)))));
    }

    private void Report(IReadOnlyList<Counters> counters, TimeSpan interval, Action<string> write)
    {
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_lastTime);
        if (elapsed < interval)
        {
            return;
        }

        long answers = counters.Sum(thread => thread.AllAnswers);
        var latency = new LatencyHistogram();
        foreach (Counters thread in counters)
        {
            latency.Add(thread.Latency);
        }

        // Errors one after the other, as they come to light: the sum of all threads by name.
        string errors = string.Join(", ", counters.SelectMany(thread => thread.Errors)
            .GroupBy(error => error.Name, error => error.Count)
            .Select(error => $"{error.Key} {error.Sum().ToString("N0", CultureInfo.InvariantCulture)}"));
        write(string.Create(
            CultureInfo.InvariantCulture,
            $"{name} {Stopwatch.GetElapsedTime(_start).TotalSeconds,5:0} s: {(answers - _lastAnswers) / elapsed.TotalSeconds:N0} answers/s, p50 {latency.Percentile(50) / 1e6:N3} ms, p99 {latency.Percentile(99) / 1e6:N3} ms, max {latency.Max / 1e6:N3} ms{(errors.Length > 0 ? "; " : "")}{errors}"));
        (_lastAnswers, _lastTime) = (answers, Stopwatch.GetTimestamp());
    }
}
