namespace PkiCore.Pkcs11;

/// <summary>
/// A token as it was found at one time. Sessions and handles belong to the link under which they were made; when the token is lost, a new link
/// takes its place and all that is older is thrown away. A class, as two links are never the same, however alike their slots and tokens are.
/// </summary>
/// <param name="slotId">Its slot.</param>
/// <param name="info">The token.</param>
/// <param name="loginSession">The session that logged in; 0 when none had to.</param>
internal sealed class TokenLink(ulong slotId, TokenInfo info, ulong loginSession = 0)
{
    private ulong _loginSession = loginSession;
    private volatile bool _areSessionsGone;

    public ulong SlotId { get; } = slotId;

    public TokenInfo Info { get; } = info;

    /// <summary>Whether the sessions ended with the token or the module (PKCS #11 5.6): their handles may be others' by now.</summary>
    public bool AreSessionsGone
    {
        get => _areSessionsGone;
        set => _areSessionsGone = value;
    }

    /// <summary>Gives the session that logged in to its first user; 0 to the others.</summary>
    public ulong TakeLoginSession() => Interlocked.Exchange(ref _loginSession, 0);
}
