namespace PkiCore.Pkcs11;

/// <summary>An open session. It is used by one thread at a time, the one that rented it.</summary>
internal sealed class Pkcs11Session(ulong handle, TokenLink link, long openedAt)
{
    public ulong Handle { get; } = handle;

    /// <summary>The token as it was found when the session was opened.</summary>
    public TokenLink Link { get; } = link;

    /// <summary>When it was returned last.</summary>
    public long IdleSince { get; set; } = openedAt;

    /// <summary>When it was rented; 0 while it is idle. Everything the renter does with it is a call into the module.</summary>
    public long RentedAt { get; set; }

    /// <summary>Whether its call has taken so long that another session is opened in its place.</summary>
    public bool IsWrittenOff { get; set; }
}
