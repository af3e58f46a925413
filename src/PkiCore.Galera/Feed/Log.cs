using Microsoft.Extensions.Logging;

namespace PkiCore.Galera.Feed;

internal static partial class Log
{
    [LoggerMessage(EventId = 620, Level = LogLevel.Warning, Message = "The history on node {Node} could not be read {Manner}: {Problem}")]
    public static partial void HistoryNotRead(ILogger logger, string node, string manner, string problem);

    [LoggerMessage(EventId = 621, Level = LogLevel.Information, Message = "{Issuer}: {Count} certificates read from node {Node} so far")]
    public static partial void Loading(ILogger logger, string issuer, long count, string node);

    [LoggerMessage(EventId = 622, Level = LogLevel.Information, Message = "{Issuer}: all {Count} certificates read from node {Node} in {Duration}; the history goes on from change {Number}")]
    public static partial void Loaded(ILogger logger, string issuer, long count, string node, TimeSpan duration, ulong number);

    [LoggerMessage(EventId = 623, Level = LogLevel.Critical, Message = "ALARM: {Issuer}: {Problem}")]
    public static partial void OtherHistory(ILogger logger, string issuer, string problem);

    [LoggerMessage(EventId = 624, Level = LogLevel.Warning, Message = "{Issuer}: the history is followed again, from change {Number}: {Why}")]
    public static partial void HistoryFollowed(ILogger logger, string issuer, ulong number, string why);

    [LoggerMessage(EventId = 625, Level = LogLevel.Information, Message = "{Issuer}: everything is read again: {Why}")]
    public static partial void ReadAgain(ILogger logger, string issuer, string why);
}
