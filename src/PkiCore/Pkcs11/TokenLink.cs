namespace PkiCore.Pkcs11;

/// <summary>
/// A token as it was found at one time. Sessions and handles belong to the link under which they were made; when the token is lost, a new link
/// takes its place and all that is older is thrown away.
/// </summary>
/// <param name="SlotId">Its slot.</param>
/// <param name="Info">The token.</param>
internal sealed record TokenLink(ulong SlotId, TokenInfo Info)
{
    private ulong _loginSession;

    /// <summary>The session that logged in, until <see cref="TakeLoginSession"/>.</summary>
    public ulong LoginSession
    {
        init => _loginSession = value;
    }

    /// <summary>Gives the session that logged in to its first user; 0 to the others.</summary>
    public ulong TakeLoginSession() => Interlocked.Exchange(ref _loginSession, 0);
}
