using Microsoft.Extensions.Logging;

namespace PkiCore.Galera.Crls;

/// <summary>The log messages of the lease and of the distribution of CRLs; event ids 660 to 679.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 660, Level = LogLevel.Information, Message = "{Issuer}: the lease of the publisher was taken over from {Before}; epoch {Epoch}")]
    public static partial void LeaseTaken(ILogger logger, string issuer, string before, ulong epoch);

    [LoggerMessage(EventId = 661, Level = LogLevel.Warning, Message = "{Issuer}: the lease of epoch {Epoch} was lost to another publisher; nothing more is published here")]
    public static partial void LeaseLost(ILogger logger, string issuer, ulong epoch);

    [LoggerMessage(EventId = 662, Level = LogLevel.Warning, Message = "{Issuer}: the lease could not be renewed for {Seconds:0.#} s, and nothing more is published here until it is taken again: {Problem}")]
    public static partial void LeaseNotRenewed(ILogger logger, string issuer, double seconds, string problem);

    [LoggerMessage(EventId = 663, Level = LogLevel.Warning, Message = "{Issuer}: the lease of the publisher cannot be looked after: {Problem}")]
    public static partial void LeaseNotReached(ILogger logger, string issuer, string problem);

    [LoggerMessage(EventId = 664, Level = LogLevel.Information, Message = "{Issuer}: the lease of epoch {Epoch} was given back")]
    public static partial void LeaseReleased(ILogger logger, string issuer, ulong epoch);

    [LoggerMessage(EventId = 665, Level = LogLevel.Error, Message = "{Issuer}: looking after the lease failed; it is tried again")]
    public static partial void LeaseFault(ILogger logger, string issuer, Exception exception);

    [LoggerMessage(EventId = 666, Level = LogLevel.Information, Message = "{Issuer}: publication {Sequence} sent to the edges: {Files} files, highest number {Number}, {Bytes} bytes that were not in the database, in {Duration}")]
    public static partial void CrlsSent(ILogger logger, string issuer, ulong sequence, int files, System.Numerics.BigInteger number, long bytes, TimeSpan duration);

    [LoggerMessage(EventId = 667, Level = LogLevel.Error, Message = "{Issuer}: what is published here is not sent to the edges, which go on with what they have; it is tried again: {Problem}")]
    public static partial void CrlsNotSent(ILogger logger, string issuer, string problem);

    [LoggerMessage(EventId = 668, Level = LogLevel.Information, Message = "{Issuer}: publication {Sequence} received and served: {Files} files, {New} of them new, {Bytes} bytes fetched, in {Duration}")]
    public static partial void CrlsReceived(ILogger logger, string issuer, ulong sequence, int files, int @new, long bytes, TimeSpan duration);

    [LoggerMessage(EventId = 669, Level = LogLevel.Error, Message = "{Issuer}: the CRLs in the database are not taken over, and those before are served on; it is tried again: {Problem}")]
    public static partial void CrlsNotReceived(ILogger logger, string issuer, string problem);

    [LoggerMessage(EventId = 670, Level = LogLevel.Information, Message = "{Issuer}: the CRLs in the database can be taken over again")]
    public static partial void CrlsReceivedAgain(ILogger logger, string issuer);

    [LoggerMessage(EventId = 672, Level = LogLevel.Warning, Message = "{Issuer}: old publications could not be removed from the database; it is tried again after the next: {Problem}")]
    public static partial void CrlsNotPruned(ILogger logger, string issuer, string problem);
}
