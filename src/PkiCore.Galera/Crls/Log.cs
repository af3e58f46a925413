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
}
