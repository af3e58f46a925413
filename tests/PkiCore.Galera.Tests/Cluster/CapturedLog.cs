using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace PkiCore.Galera.Tests.Cluster;

/// <summary>Keeps what is logged, as "600 Warning: text".</summary>
internal sealed class CapturedLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    public IEnumerable<string> WithId(int id) => _lines.Where(line => line.StartsWith($"{id} ", StringComparison.Ordinal));

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue($"{eventId.Id} {logLevel}: {formatter(state, exception)}");

    public void Dispose()
    {
    }
}
