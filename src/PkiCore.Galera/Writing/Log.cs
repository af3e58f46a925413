using Microsoft.Extensions.Logging;

namespace PkiCore.Galera.Writing;

/// <summary>The log messages of writing; event ids 640 to 659. None is written for each change.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 640, Level = LogLevel.Information, Message = "{Issuer}: registered in the database as CA {Id}")]
    public static partial void Registered(ILogger logger, string issuer, uint id);

    [LoggerMessage(EventId = 641, Level = LogLevel.Debug, Message = "{Issuer}: other writers were first; {Count} changes are tried again")]
    public static partial void Conflict(ILogger logger, string issuer, int count);

    [LoggerMessage(EventId = 642, Level = LogLevel.Warning, Message = "{Issuer}: {Count} changes could not be written: {Problem}; they are tried again")]
    public static partial void NodeFailed(ILogger logger, string issuer, int count, string problem);

    [LoggerMessage(EventId = 643, Level = LogLevel.Warning, Message = "{Issuer}: it is not known whether {Count} changes were made, for {Problem}; they are sent again with the same operation ids")]
    public static partial void OutcomeUnknown(ILogger logger, string issuer, int count, string problem);

    [LoggerMessage(EventId = 644, Level = LogLevel.Information, Message = "{Issuer}: what became of {Count} changes is known now: {Repeated} had been made")]
    public static partial void OutcomeResolved(ILogger logger, string issuer, int count, int repeated);

    [LoggerMessage(EventId = 645, Level = LogLevel.Error, Message = "{Issuer}: {Count} changes are refused: {Problem}")]
    public static partial void Refused(ILogger logger, string issuer, int count, string problem);

    [LoggerMessage(EventId = 646, Level = LogLevel.Warning, Message = "{Issuer}: no node can be written to: {Problem}")]
    public static partial void NoNode(ILogger logger, string issuer, string problem);

    [LoggerMessage(EventId = 647, Level = LogLevel.Information, Message = "{Issuer}: {Count} changes made before {Time:u} were removed from the history; it begins with {First} now")]
    public static partial void Pruned(ILogger logger, string issuer, long count, DateTimeOffset time, ulong first);
}
