using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace PkiCore.Testing;

/// <summary>Keeps what is logged, for tests that look whether the log tells the story. Safe for use from several threads.</summary>
public sealed class EdgeLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    /// <summary>Level, event and message of each line, in order.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    /// <summary>Whether an event was logged with all these words in its message.</summary>
    public bool Tells(int eventId, params IEnumerable<string> words)
    {
        string id = $" {eventId} ";
        return _lines.Any(line => line.Contains(id, StringComparison.Ordinal) && words.All(word => line.Contains(word, StringComparison.Ordinal)));
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        if (IsEnabled(logLevel))
        {
            _lines.Enqueue($"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {logLevel} {eventId.Id} {formatter(state, exception)} {exception}".TrimEnd());
        }
    }

    public void Dispose()
    {
        // nothing is open
    }
}
