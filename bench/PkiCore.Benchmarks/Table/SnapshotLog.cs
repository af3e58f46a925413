using System.Globalization;
using Microsoft.Extensions.Logging;

namespace PkiCore.Benchmarks.Table;

/// <summary>Takes from the library's log how long it was at its snapshot.</summary>
internal sealed class SnapshotLog : ILoggerFactory, ILogger
{
    private const int SnapshotRead = 211;
    private const int SnapshotWritten = 215;

    private readonly TaskCompletionSource<double> _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How many seconds it took to read; <see langword="null"/> when none was read.</summary>
    public double? SecondsToRead { get; private set; }

    /// <summary>How many seconds the first one took to write, once there is one.</summary>
    public Task<double> SecondsToWrite => _written.Task;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        switch (eventId.Id)
        {
            case SnapshotRead:
                SecondsToRead = FindSeconds(state);
                break;
            case SnapshotWritten:
                _written.TrySetResult(FindSeconds(state));
                break;
            default:
                if (logLevel >= LogLevel.Error)
                {
                    Progress.Report(formatter(state, exception));
                }

                break;
        }
    }

    public void Dispose()
    {
    }

    private static double FindSeconds<TState>(TState state) =>
        Convert.ToDouble(((IEnumerable<KeyValuePair<string, object?>>)state!).First(pair => string.Equals(pair.Key, "Seconds", StringComparison.Ordinal)).Value, CultureInfo.InvariantCulture);
}
