namespace PkiCore.Responder.Hosting;

/// <summary>The log messages of start and reload.</summary>
internal static partial class HostLog
{
    /// <summary>Says what is wrong with the issuers.</summary>
    public static void Report(ILogger logger, IssuerRegistry registry)
    {
        foreach (string fault in registry.Faults)
        {
            IssuerFault(logger, fault);
        }

        foreach (string problem in registry.KeyProblems)
        {
            KeyProblem(logger, problem);
        }
    }

    [LoggerMessage(EventId = 420, Level = LogLevel.Error, Message = "An issuer has a fault, the others are served: {Fault}")]
    public static partial void IssuerFault(ILogger logger, string fault);

    [LoggerMessage(EventId = 421, Level = LogLevel.Information, Message = "Now listening on: {Address} ({Purpose})")]
    public static partial void Listening(ILogger logger, string address, string purpose);

    [LoggerMessage(EventId = 423, Level = LogLevel.Warning, Message = "{Count} signer(s) that are not used any more do not end within {Seconds} s; calls hang in their modules")]
    public static partial void SignersDoNotEnd(ILogger logger, int count, double seconds);

    [LoggerMessage(EventId = 424, Level = LogLevel.Error, Message = "No CRLs of {Issuer} are published, and those before stay; it is tried again: {Fault}")]
    public static partial void CrlsNotPublished(ILogger logger, string issuer, string fault, Exception? exception);

    [LoggerMessage(EventId = 425, Level = LogLevel.Warning, Message = "The publisher of the CRLs of {Issuer} in '{Directory}' does not end within {Seconds} s; a call to its disk or its token hangs")]
    public static partial void CrlsDoNotEnd(ILogger logger, string issuer, string directory, double seconds);

    [LoggerMessage(EventId = 426, Level = LogLevel.Information, Message = "The CRLs of {Issuer} are published here from now on; epoch {Epoch} of the lease")]
    public static partial void CrlsArePublishedHere(ILogger logger, string issuer, ulong epoch);

    [LoggerMessage(EventId = 427, Level = LogLevel.Information, Message = "The CRLs of {Issuer} are not published here any more; epoch {Epoch} of the lease is over")]
    public static partial void CrlsAreNotPublishedHere(ILogger logger, string issuer, ulong epoch);

    [LoggerMessage(EventId = 428, Level = LogLevel.Information, Message = "Publishing the CRLs of {Issuer} goes on from those that are served, of which the highest number is {Number}")]
    public static partial void CrlsAdopted(ILogger logger, string issuer, System.Numerics.BigInteger number);

    [LoggerMessage(EventId = 429, Level = LogLevel.Warning, Message = "Publishing the CRLs of {Issuer} does not know what was published last: {Fault}")]
    public static partial void CrlsNotAdopted(ILogger logger, string issuer, string fault);

    [LoggerMessage(EventId = 422, Level = LogLevel.Error, Message = "{Problem}")]
    private static partial void KeyProblem(ILogger logger, string problem);
}
