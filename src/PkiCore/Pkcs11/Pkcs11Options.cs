using Microsoft.Extensions.Logging;

namespace PkiCore.Pkcs11;

/// <summary>How tokens are used. All signers of one token share its sessions, by the options of the first of them.</summary>
public sealed record Pkcs11Options
{
    /// <summary>How many sessions of a token may be open: as many signatures are made at once. 1 to 1024; default 16. For an HSM in the network,
    /// signatures per second times seconds per signature.</summary>
    public int MaxSessions { get; init; } = 16;

    /// <summary>How many callers may wait for a session; those above fail at once. 1 to 100,000; default 1024.</summary>
    public int MaxWaiters { get; init; } = 1024;

    /// <summary>How long a session may be idle before it is closed; the last one stays, as closing it would log out. Default one minute.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a call may stay in the module before it counts as stuck: its session is given up, another is opened in its place, and
    /// <see cref="Signing.ISigner.Problem"/> says so. Default 2 s.</summary>
    public TimeSpan CallLimit { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How many calls may be stuck in a module before no more are made, as each keeps a thread. 1 to 1024; default 16.</summary>
    public int MaxStuckCalls { get; init; } = 16;

    /// <summary>Whether each signature is verified before it is returned. Default <see langword="true"/>: a token that computes wrongly, or with another
    /// key, is found out before a client does. Otherwise the first one is after each time that the token was connected.</summary>
    public bool VerifySignatures { get; init; } = true;

    /// <summary>Asks for a PIN when a URI has no <c>pin-source</c>; it gets the name of the token.</summary>
    public Func<string, string>? PinPrompt { get; init; }

    /// <summary>For changes of state; no PIN is logged.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>The clock; the system's by default.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <exception cref="ArgumentException">A setting is out of range; the message names it.</exception>
    internal Pkcs11Options Validated()
    {
        Check(MaxSessions is >= 1 and <= 1024, nameof(MaxSessions), MaxSessions, "has to be 1 to 1024");
        Check(MaxWaiters is >= 1 and <= 100_000, nameof(MaxWaiters), MaxWaiters, "has to be 1 to 100000");
        Check(IdleTimeout >= TimeSpan.FromSeconds(1) && IdleTimeout <= TimeSpan.FromDays(1), nameof(IdleTimeout), IdleTimeout, "has to be a second to a day");
        Check(CallLimit >= TimeSpan.FromMilliseconds(10) && CallLimit <= TimeSpan.FromMinutes(5), nameof(CallLimit), CallLimit, "has to be 10 ms to 5 minutes");
        Check(MaxStuckCalls is >= 1 and <= 1024, nameof(MaxStuckCalls), MaxStuckCalls, "has to be 1 to 1024");
        return this;

        static void Check(bool valid, string name, object value, string rule)
        {
            if (!valid)
            {
                throw new ArgumentException(FormattableString.Invariant($"{name} is {value}: it {rule}."), name);
            }
        }
    }
}
