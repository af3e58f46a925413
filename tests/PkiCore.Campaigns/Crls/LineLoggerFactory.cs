using Microsoft.Extensions.Logging;

namespace PkiCore.Campaigns.Crls;

/// <summary>Writes what is logged, a line each: the level, a tab, the message.</summary>
internal sealed class LineLoggerFactory(TextWriter writer) : ILoggerFactory, ILogger
{
    private readonly Lock _writing = new();

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string line = $"{logLevel}\t{formatter(state, exception)} {exception}".ReplaceLineEndings(" ").TrimEnd();
        lock (_writing)
        {
            writer.WriteLine(line);
            writer.Flush();
        }
    }

    public void Dispose()
    {
        // the writer is somebody else's
    }
}
