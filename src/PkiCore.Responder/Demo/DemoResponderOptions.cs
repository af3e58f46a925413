namespace PkiCore.Responder.Demo;

/// <summary>What is wrong with a responder certificate; for tests that must see it refused.</summary>
[Flags]
internal enum ResponderFaults
{
    None = 0,

    /// <summary>extKeyUsage is serverAuth (RFC 6960, 4.2.2.2 asks for id-kp-OCSPSigning).</summary>
    WrongExtendedKeyUsage = 1,

    /// <summary>There is no extKeyUsage at all.</summary>
    NoExtendedKeyUsage = 2,

    /// <summary>id-pkix-ocsp-nocheck is left out (RFC 6960, 4.2.2.2.1).</summary>
    NoNoCheck = 4,

    /// <summary>Its validity ended a day ago.</summary>
    Expired = 8,

    /// <summary>Another CA, of another name, issued it.</summary>
    OtherIssuer = 16,

    /// <summary>It names this CA as its issuer, but another key signed it.</summary>
    ForgedIssuer = 32,

    /// <summary>The key file holds a key that is not the certificate's.</summary>
    OtherKey = 64,
}

/// <summary>How a delegated OCSP signer is made.</summary>
internal sealed record DemoResponderOptions
{
    /// <summary>The files are NAME.pem and private/NAME.key; existing ones are replaced.</summary>
    public string Name { get; init; } = "ocsp";

    public DemoKeyType KeyType { get; init; } = DemoKeyType.EcdsaP256;

    /// <summary>An hour ago unless given.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Now plus the responder validity of the CA unless given.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    public ResponderFaults Faults { get; init; }
}
