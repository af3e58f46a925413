namespace PkiCore.Pkcs11;

/// <summary>A session. It is used by one thread at a time, the one that rented it, opens it or closes it.</summary>
internal sealed class Pkcs11Session(TokenLink link)
{
    /// <summary>0 until it is open.</summary>
    public ulong Handle { get; set; }

    /// <summary>The token as it was found when the session was opened.</summary>
    public TokenLink Link { get; } = link;

    /// <summary>When it was returned last.</summary>
    public long IdleSince { get; set; }

    /// <summary>When its thread got it. Everything the thread does with it is a call into the module.</summary>
    public long RentedAt { get; set; }

    /// <summary>Whether its call has taken so long that another session is opened in its place.</summary>
    public bool IsWrittenOff { get; set; }

    /// <summary>Whether it is being closed.</summary>
    public bool IsClosing { get; set; }
}
