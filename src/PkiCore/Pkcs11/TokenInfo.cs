using PkiCore.Pkcs11.Interop;

namespace PkiCore.Pkcs11;

/// <summary>What a token says of itself (PKCS #11 3.2).</summary>
internal sealed record TokenInfo(string Label, string Manufacturer, string Model, string Serial, ulong Flags, ulong MaxSessionCount)
{
    public TokenInfo(in CK_TOKEN_INFO info)
        : this(
            Pkcs11Module.Trim(info.label), Pkcs11Module.Trim(info.manufacturerID), Pkcs11Module.Trim(info.model), Pkcs11Module.Trim(info.serialNumber),
            info.flags, info.ulMaxSessionCount)
    {
    }

    public bool NeedsLogin => (Flags & CK.CKF_LOGIN_REQUIRED) != 0;

    /// <summary>Whether it has a keypad or the like; the PIN it is given is NULL then (PKCS #11 5.6.8).</summary>
    public bool AsksForPin => (Flags & CK.CKF_PROTECTED_AUTHENTICATION_PATH) != 0;

    public bool IsInitialized => (Flags & CK.CKF_TOKEN_INITIALIZED) != 0;

    /// <summary>How many sessions one application may have; not bounded by the token when <see langword="null"/>.</summary>
    public int? MaxSessions => MaxSessionCount is CK.CK_UNAVAILABLE_INFORMATION or CK.CK_EFFECTIVELY_INFINITE ? null : (int)Math.Min(MaxSessionCount, int.MaxValue);

    /// <summary>Whether a URI names this token (RFC 7512 2.3: each attribute that is there has to match).</summary>
    public bool Matches(Pkcs11Uri uri) =>
        (uri.Token ?? Label) == Label && (uri.Manufacturer ?? Manufacturer) == Manufacturer && (uri.Model ?? Model) == Model && (uri.Serial ?? Serial) == Serial;

    public override string ToString() => $"'{Label}' (serial {Serial})";
}
