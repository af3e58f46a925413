using Microsoft.Extensions.Logging;

namespace PkiCore.Galera.Cluster;

/// <summary>What the operator hears of the nodes.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 600, Message = "{Node} is {State}, was {Before}: {Problem}")]
    public static partial void StateChanged(ILogger logger, LogLevel level, string node, NodeState state, NodeState before, string problem);

    [LoggerMessage(EventId = 601, Level = LogLevel.Information, Message = "{Node} is read from now on, before {Before}: {Why}")]
    public static partial void Moved(ILogger logger, string node, string before, string why);

    [LoggerMessage(EventId = 602, Level = LogLevel.Error, Message = "Isolated: {Problem}")]
    public static partial void Isolated(ILogger logger, string problem);

    [LoggerMessage(EventId = 603, Level = LogLevel.Information, Message = "No longer isolated: {Node} can be read")]
    public static partial void NotIsolated(ILogger logger, string node);

    [LoggerMessage(EventId = 604, Level = LogLevel.Warning, Message = "The clock of {Node} is {Offset} this machine's, the limit is {Limit}")]
    public static partial void ClockOff(ILogger logger, string node, string offset, TimeSpan limit);

    [LoggerMessage(EventId = 605, Level = LogLevel.Information, Message = "The clock of {Node} agrees with this machine's again")]
    public static partial void ClockRight(ILogger logger, string node);

    [LoggerMessage(EventId = 606, Level = LogLevel.Error, Message = "Clock: {Problem}")]
    public static partial void SigningStopped(ILogger logger, string problem);

    [LoggerMessage(EventId = 607, Level = LogLevel.Information, Message = "Clock: {Node} and this machine agree, and signing goes on")]
    public static partial void SigningGoesOn(ILogger logger, string node);

    [LoggerMessage(EventId = 608, Level = LogLevel.Error, Message = "Nodes of different clusters: {Followed} is followed, {Others} not: find out which one is right, and let the others join it with an empty data folder")]
    public static partial void SeveralClusters(ILogger logger, string followed, string others);

    [LoggerMessage(EventId = 609, Level = LogLevel.Information, Message = "All nodes that answer belong to {Followed} again")]
    public static partial void OneCluster(ILogger logger, string followed);

    [LoggerMessage(EventId = 610, Level = LogLevel.Critical, Message = "Cluster {Followed} is followed from now on: no node of {Before} could be read for a while. Whether its history goes on where the other ended is checked before anything is taken from it")]
    public static partial void OtherClusterFollowed(ILogger logger, string followed, string before);

    [LoggerMessage(EventId = 611, Level = LogLevel.Warning, Message = "{Node} has innodb_flush_log_at_trx_commit = {Value}: when all nodes lose power at once, acknowledged revocations may be lost; set it to 1")]
    public static partial void NotDurable(ILogger logger, string node, int value);

    [LoggerMessage(EventId = 612, Level = LogLevel.Error, Message = "Asking {Node} does not end although its time is over: the ADO.NET provider ignores it; the node is asked again when it has ended")]
    public static partial void ProbeIsStuck(ILogger logger, string node);

    [LoggerMessage(EventId = 613, Level = LogLevel.Warning, Message = "{Node} failed while it was used, and is asked for its state at once: {Fault}")]
    public static partial void Suspected(ILogger logger, string node, string fault);
}
