using System.Numerics;
using Microsoft.Extensions.Logging;

namespace PkiCore.Crl;

/// <summary>What the operator hears of CRLs.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 500, Level = LogLevel.Warning, Message = "The state of the CRLs in '{Path}': {Fault}")]
    public static partial void CrlStateFault(ILogger logger, string path, string fault);

    [LoggerMessage(EventId = 501, Level = LogLevel.Error, Message = "The state of the CRLs cannot be saved; it is tried again with the next change, and until then a restart begins further back")]
    public static partial void CrlStateNotSaved(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 502, Level = LogLevel.Warning, Message = "'{Path}' is no predecessor for the next CRL: {Fault}")]
    public static partial void CrlNotReadable(ILogger logger, string path, string fault);

    [LoggerMessage(EventId = 503, Level = LogLevel.Error, Message = "The CRLs of {Issuer} were not published, and those before stay: {Fault}")]
    public static partial void CrlRefused(ILogger logger, string issuer, string fault);

    [LoggerMessage(EventId = 504, Level = LogLevel.Information, Message = "The CRLs of {Issuer} are published again")]
    public static partial void CrlPublishedAgain(ILogger logger, string issuer);

    [LoggerMessage(EventId = 505, Level = LogLevel.Information,
        Message = "CRL of {Issuer}: {File} number {Number}, base {BaseNumber}, {Entries} entries, {Length} bytes, thisUpdate {ThisUpdate:u}, nextUpdate {NextUpdate:u}")]
    public static partial void CrlPublished(
        ILogger logger, string issuer, string file, BigInteger number, BigInteger? baseNumber, long? entries, long length, DateTimeOffset thisUpdate, DateTimeOffset nextUpdate);

    [LoggerMessage(EventId = 506, Level = LogLevel.Warning, Message = "The source of the CRLs of {Issuer}, {Source}: {Problem}")]
    public static partial void CrlSourceProblem(ILogger logger, string issuer, string source, string problem);

    [LoggerMessage(EventId = 507, Level = LogLevel.Error, Message = "Looking after the CRLs of {Issuer} failed; it is tried again")]
    public static partial void CrlTickFailed(ILogger logger, string issuer, Exception exception);
}
