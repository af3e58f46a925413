using Microsoft.Extensions.Logging;

namespace PkiCore.Serving;

/// <summary>The log messages of this room; event ids 200 to 299. None is written per request.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 200, Level = LogLevel.Information, Message = "{Issuer}: source {Source}: {State}")]
    public static partial void SourceState(ILogger logger, string issuer, string source, string state);

    [LoggerMessage(EventId = 201, Level = LogLevel.Warning, Message = "{Issuer}: source {Source}: {Problem}")]
    public static partial void SourceProblem(ILogger logger, string issuer, string source, string problem);

    [LoggerMessage(EventId = 202, Level = LogLevel.Error, Message = "{Issuer}: signing failed; it is tried again, and reported at most once a minute")]
    public static partial void SigningFailed(ILogger logger, string issuer, Exception exception);

    [LoggerMessage(EventId = 203, Level = LogLevel.Warning, Message = "{Issuer}: the OCSP signer's certificate '{Signer}': {Warning}")]
    public static partial void SignerWarning(ILogger logger, string issuer, string signer, string warning);

    [LoggerMessage(EventId = 204, Level = LogLevel.Information, Message = "{Issuer}: signing with '{Signer}', valid to {NotAfter:u}")]
    public static partial void SignerInUse(ILogger logger, string issuer, string signer, DateTimeOffset notAfter);

    [LoggerMessage(EventId = 206, Level = LogLevel.Warning, Message = "{Issuer}: source {Source} does not end when told to; it is left behind")]
    public static partial void SourceLeftBehind(ILogger logger, string issuer, string source);

    [LoggerMessage(EventId = 205, Level = LogLevel.Warning, Message = "{Issuer}: the OCSP signer's certificate expires in {Days:0.0} days; replace it")]
    public static partial void SignerExpires(ILogger logger, string issuer, double days);

    [LoggerMessage(EventId = 208, Level = LogLevel.Warning, Message = "{Issuer}: threads that are stuck in the signer: {Count}; others have taken over")]
    public static partial void ThreadsStuck(ILogger logger, string issuer, int count);

    [LoggerMessage(EventId = 209, Level = LogLevel.Information, Message = "{Issuer}: no thread is stuck in the signer any more")]
    public static partial void ThreadsBack(ILogger logger, string issuer);

    [LoggerMessage(EventId = 210, Level = LogLevel.Information, Message = "{Issuer}: batch {Batch}: {Count} signatures by {SignerSerial} '{Signer}', thisUpdate {ThisUpdate:u}, producedAt {ProducedAt:u}")]
    public static partial void BatchSigned(
        ILogger logger, string issuer, string batch, int count, string signerSerial, string signer, DateTimeOffset thisUpdate, DateTimeOffset producedAt);

    [LoggerMessage(EventId = 211, Level = LogLevel.Information, Message = "{Issuer}: {Count} certificates from the snapshot {Path}, in {Seconds:0.00} s")]
    public static partial void SnapshotRead(ILogger logger, string issuer, string path, int count, double seconds);

    [LoggerMessage(EventId = 212, Level = LogLevel.Information, Message = "{Issuer}: there is no snapshot {Path}; everything is read from the source and signed")]
    public static partial void SnapshotMissing(ILogger logger, string issuer, string path);

    [LoggerMessage(EventId = 213, Level = LogLevel.Warning, Message = "{Issuer}: the snapshot {Path} is not used: {Reason}; everything is read from the source and signed")]
    public static partial void SnapshotRefused(ILogger logger, string issuer, string path, string reason);

    [LoggerMessage(EventId = 214, Level = LogLevel.Warning, Message = "{Issuer}: of the snapshot {Path}, {Count} records are damaged and not used; the source is read from the beginning")]
    public static partial void SnapshotDamaged(ILogger logger, string issuer, string path, long count);

    [LoggerMessage(EventId = 215, Level = LogLevel.Information, Message = "{Issuer}: snapshot {Path} written: {Length} bytes in {Seconds:0.00} s")]
    public static partial void SnapshotWritten(ILogger logger, string issuer, string path, long length, double seconds);

    [LoggerMessage(EventId = 216, Level = LogLevel.Error, Message = "{Issuer}: the snapshot {Path} could not be written; the one before stays: {Reason}")]
    public static partial void SnapshotFailed(ILogger logger, string issuer, string path, string reason);

    [LoggerMessage(EventId = 217, Level = LogLevel.Warning, Message = "{Issuer}: source {Source} has not been read yet; unexpired answers of the snapshot are served, and nothing is signed")]
    public static partial void ServingBeforeSync(ILogger logger, string issuer, string source);

    [LoggerMessage(EventId = 207, Level = LogLevel.Error, Message = "{Issuer}: a periodic check failed; the next one follows")]
    public static partial void TickFailed(ILogger logger, string issuer, Exception exception);
}
