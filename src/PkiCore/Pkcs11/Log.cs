using Microsoft.Extensions.Logging;

namespace PkiCore.Pkcs11;

/// <summary>The log messages of this room; event ids 150 to 199. None is written per signature, none has a PIN.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 150, Level = LogLevel.Information, Message = "{Token}: connected, slot {Slot} of {Module}")]
    public static partial void Connected(ILogger logger, string token, ulong slot, string module);

    [LoggerMessage(EventId = 151, Level = LogLevel.Error, Message = "{Token} is out: {Problem}")]
    public static partial void TokenIsOut(ILogger logger, string token, string problem);

    [LoggerMessage(EventId = 152, Level = LogLevel.Error, Message = "{Token}: a call into {Module} has not come back for {Limit} ms; its session is given up. {Stuck} calls are stuck in the module")]
    public static partial void CallIsStuck(ILogger logger, string token, string module, double limit, int stuck);

    [LoggerMessage(EventId = 153, Level = LogLevel.Information, Message = "{Token}: a call into {Module} that was given up has come back; {Stuck} are still stuck")]
    public static partial void StuckCallReturned(ILogger logger, string token, string module, int stuck);

    [LoggerMessage(EventId = 154, Level = LogLevel.Warning, Message = "{Token} allows {Open} sessions only, and MaxSessions is {Wanted}; callers wait for these")]
    public static partial void SessionsAreFewer(ILogger logger, string token, int open, int wanted);

    [LoggerMessage(EventId = 155, Level = LogLevel.Error, Message = "{Token} made a signature that does not verify; it is thrown away")]
    public static partial void SignatureIsWrong(ILogger logger, string token);
}
