using Microsoft.Extensions.Logging;

namespace PkiCore.Crl;

/// <summary>What the operator hears of CRLs.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 500, Level = LogLevel.Warning, Message = "The state of the CRLs in '{Path}': {Fault}")]
    public static partial void CrlStateFault(ILogger logger, string path, string fault);

    [LoggerMessage(EventId = 501, Level = LogLevel.Error, Message = "The state of the CRLs cannot be saved; it is tried again with the next change, and until then a restart begins further back")]
    public static partial void CrlStateNotSaved(ILogger logger, Exception exception);
}
