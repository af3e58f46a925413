namespace PkiCore.Responder.Demo;

/// <summary>The files of a demonstration CA, placed as <c>openssl ca</c> expects them.</summary>
internal sealed class DemoLayout(string directory)
{
    /// <summary>What the printed commands and <c>openssl ca</c> need; a folder without one of these is not a usable CA.</summary>
    private static readonly string[] s_required =
    [
        "ca.pem", "private/ca.key", "ocsp.pem", "private/ocsp.key", "index.txt", "index.txt.attr", "serial", "crlnumber",
        "openssl.cnf", "newcerts", "good.pem", "revoked.pem", "unknown.pem",
    ];

    public string Root { get; } = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));

    public string CaCertificate => Top("ca");

    public string CaKey => Key("ca");

    public string ResponderCertificate => Top("ocsp");

    public string ResponderKey => Key("ocsp");

    public string Index => Path.Combine(Root, "index.txt");

    public string IndexAttributes => Path.Combine(Root, "index.txt.attr");

    public string Serial => Path.Combine(Root, "serial");

    public string CrlNumber => Path.Combine(Root, "crlnumber");

    public string OpenSslConfiguration => Path.Combine(Root, "openssl.cnf");

    public string NewCertificates => Path.Combine(Root, "newcerts");

    public string Private => Path.Combine(Root, "private");

    /// <summary>Where the responder keeps what it has signed.</summary>
    public string Snapshots => Path.Combine(Root, "snapshots");

    /// <summary>Where the responder publishes CRLs.</summary>
    public string Crls => Path.Combine(Root, "crl");

    /// <summary>The configuration of a demonstration on a cluster.</summary>
    public string Configuration => Path.Combine(Root, "responder.json");

    /// <summary>The folder of SoftHSM, when the responder's key is on a token.</summary>
    public string Token => Path.Combine(Root, "softhsm");

    public string TokenConfiguration => Path.Combine(Token, "softhsm2.conf");

    /// <summary>Whether the responder's key is on a token and no longer in a file.</summary>
    public bool HasToken => File.Exists(TokenConfiguration) && !File.Exists(ResponderKey);

    public string Top(string name) => Path.Combine(Root, name + ".pem");

    public string Key(string name) => Path.Combine(Private, name + ".key");

    public string Issued(string serial) => Path.Combine(NewCertificates, serial + ".pem");

    public bool IsAbsentOrEmpty() => !File.Exists(Root) && (!Directory.Exists(Root) || !Directory.EnumerateFileSystemEntries(Root).Any());

    /// <summary>Fails, saying what to do, unless every file of the CA is there.</summary>
    public void EnsureComplete()
    {
        string[] missing = [.. s_required.Where(name => !Path.Exists(Path.Combine(Root, name)) && !(HasToken && name == "private/ocsp.key"))];
        if (missing.Length == s_required.Length)
        {
            throw new InvalidDataException(
                $"'{Root}' holds no demonstration CA. Name a folder that is empty or does not exist, and one is made there.");
        }

        if (missing.Length > 0)
        {
            throw new InvalidDataException(
                $"The demonstration CA in '{Root}' is incomplete; missing: {string.Join(", ", missing)}. " +
                "Put that back, or move the folder away to have a new CA made in its place.");
        }
    }
}
