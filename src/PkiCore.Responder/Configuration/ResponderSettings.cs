using PkiCore.AspNetCore;
using PkiCore.Pkcs11;
using PkiCore.Serving;

namespace PkiCore.Responder.Configuration;

/// <summary>The configuration file. docs/configuration.md describes every setting.</summary>
internal sealed class ResponderSettings
{
    /// <summary>Where OCSP is answered; <c>http://*:8080</c> when there are none.</summary>
    public List<string>? Listen { get; set; }

    /// <summary>Where <c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c> are; an empty text switches them off.</summary>
    public string Management { get; set; } = "http://127.0.0.1:9090";

    public List<IssuerSettings> Issuers { get; set; } = [];

    public OcspResponderOptions Ocsp { get; set; } = new();

    public OcspHttpOptions Http { get; set; } = new();

    public ConnectionSettings Connections { get; set; } = new();

    /// <summary>The cluster that CAs with <see cref="IssuerSettings.Galera"/> are read from.</summary>
    public GaleraSettings? Galera { get; set; }

    /// <summary>How tokens are used.</summary>
    public Pkcs11Options Pkcs11 { get; set; } = new();

    public IReadOnlyList<string> ListenUrls => Listen is { Count: > 0 } ? Listen : ["http://*:8080"];
}

/// <summary>One CA.</summary>
internal sealed class IssuerSettings
{
    /// <summary>The CA's certificate, PEM or DER.</summary>
    public string Certificate { get; set; } = "";

    /// <summary>The <c>index.txt</c> of <c>openssl ca</c>.</summary>
    public string Index { get; set; } = "";

    /// <summary>CRLs instead of an <see cref="Index"/>.</summary>
    public CrlSourceSettings? CrlSource { get; set; }

    /// <summary>The section Galera instead of an <see cref="Index"/>.</summary>
    public bool Galera { get; set; }

    /// <summary>The CRLs that are published; <see langword="null"/>: none.</summary>
    public CrlSettings? Crl { get; set; }

    public SignerSettings Signer { get; set; } = new();

    /// <summary>Signers by other algorithms, for clients that prefer those.</summary>
    public List<SignerSettings> AlternateSigners { get; set; } = [];

    /// <summary>What signs answers.</summary>
    public IReadOnlyList<SignerSettings> AllSigners => [Signer, .. AlternateSigners];

    /// <summary>What signs CRLs: the CA itself; <see langword="null"/> when none are signed here.</summary>
    public SignerSettings? CrlSigner => Crl is null or { IsSigned: false } ? null : new SignerSettings { Certificate = Certificate, Key = Crl.Key, Algorithm = Crl.Algorithm, Passphrase = Crl.Passphrase };
}

/// <summary>What signs the answers of a CA.</summary>
internal sealed class SignerSettings : KeySettings
{
    /// <summary>The certificate. When empty: of a key in a file the CA's own, of a key on a token the one there.</summary>
    public string Certificate { get; set; } = "";
}

/// <summary>A private key.</summary>
internal abstract class KeySettings
{
    /// <summary>Where it is: a file in PEM or a <c>pkcs11:</c> URI, or several URIs of the same key on several tokens.</summary>
    public List<string> Key { get; set; } = [];

    /// <summary>The name of the signature algorithm; what suits the key when empty.</summary>
    public string Algorithm { get; set; } = "";

    /// <summary>Where the passphrase of an encrypted key is: <c>file:PATH</c> or <c>env:NAME</c>. Never the passphrase itself.</summary>
    public string Passphrase { get; set; } = "";
}

/// <summary>Limits on clients.</summary>
internal sealed class ConnectionSettings
{
    /// <summary>How many connections there may be at once; those above are closed.</summary>
    public int MaxConnections { get; set; } = 20_000;

    /// <summary>How long a connection may stay open between two requests.</summary>
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(75);

    /// <summary>How long a client may take to send the headers of a request.</summary>
    public TimeSpan RequestHeadersTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long requests in flight may take to finish when the program is stopped.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
