using System.Security.Cryptography.X509Certificates;

namespace PkiCore.Responder.Demo;

/// <summary>
/// A CA for trying the responder and for tests, in a folder that <c>openssl ca</c> can work on. Not for real certificates:
/// its keys are files without a password.
/// </summary>
internal sealed class DemoCa
{
    private readonly DemoIndex _index;
    private readonly TimeProvider _timeProvider;

    internal DemoCa(DemoLayout layout, DemoCaOptions options, TimeProvider timeProvider)
    {
        Layout = layout;
        Options = options;
        _timeProvider = timeProvider;
        _index = new DemoIndex(layout.Index);
    }

    public DemoLayout Layout { get; }

    public DemoCaOptions Options { get; }

    public string Directory => Layout.Root;

    public string CaPath => Layout.CaCertificate;

    public string CaKeyPath => Layout.CaKey;

    public string ResponderPath => Layout.ResponderCertificate;

    public string ResponderKeyPath => Layout.ResponderKey;

    public string IndexPath => Layout.Index;

    public string OpenSslConfigurationPath => Layout.OpenSslConfiguration;

    public string GoodPath => Layout.Top("good");

    public string RevokedPath => Layout.Top("revoked");

    /// <summary>A certificate that the CA signed but does not list.</summary>
    public string UnknownPath => Layout.Top("unknown");

    /// <summary>Makes a CA, or opens the one that is there.</summary>
    /// <exception cref="InvalidDataException">The folder holds something else, or a CA with files missing.</exception>
    public static DemoCa Create(string directory, DemoCaOptions options, TimeProvider timeProvider)
    {
        var layout = new DemoLayout(directory);
        if (layout.IsAbsentOrEmpty())
        {
            DemoCaBuilder.Build(layout, options, timeProvider);
        }

        return Open(directory, timeProvider, options);
    }

    /// <summary>Opens the CA in a folder.</summary>
    /// <exception cref="InvalidDataException">There is none, or files of it are missing.</exception>
    public static DemoCa Open(string directory, TimeProvider timeProvider, DemoCaOptions? options = null)
    {
        var layout = new DemoLayout(directory);
        layout.EnsureComplete();
        return new DemoCa(layout, options ?? new DemoCaOptions(), timeProvider);
    }

    /// <summary>Issues a certificate for a DNS name and lists it as valid.</summary>
    public DemoCertificate Issue(string dnsName, DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null)
    {
        if (Uri.CheckHostName(dnsName) != UriHostNameType.Dns)
        {
            throw new ArgumentException($"'{dnsName}' is not a DNS name.", nameof(dnsName));
        }

        DateTimeOffset expiry = notAfter ?? DefaultExpiry;
        string serial = SerialNumbers.Next();
        // Listed before it exists: a certificate that its CA does not know of is the worse half to be left with.
        _index.Append([IndexLine.Valid(expiry, serial, dnsName)]);
        return WriteLeaf(dnsName, serial, Layout.Issued(serial), notBefore, expiry);
    }

    /// <summary>Issues a certificate that the index does not have, to NAME.pem.</summary>
    public DemoCertificate IssueUnlisted(string name) =>
        WriteLeaf(name + ".demo.example", SerialNumbers.Next(), Layout.Top(name), notBefore: null, DefaultExpiry);

    /// <summary>Lists serial numbers as valid without making certificates: fast enough for hundreds of thousands.</summary>
    public IReadOnlyList<string> IssueMany(int count, DateTimeOffset? notAfter = null)
    {
        string[] serials = SerialNumbers.NextMany(count);
        DateTimeOffset expiry = notAfter ?? DefaultExpiry;
        _index.Append(serials.Select(serial => IndexLine.Valid(expiry, serial, "many.demo.example")));
        return serials;
    }

    /// <summary>Revokes as of now, or as of the time given.</summary>
    public void Revoke(
        string serial, X509RevocationReason? reason, DateTimeOffset? time = null, DateTimeOffset? invalidityDate = null) =>
        RevokeMany([serial], reason, time, invalidityDate);

    /// <summary>Revokes several certificates in one replacement of the index.</summary>
    public void RevokeMany(
        IReadOnlyCollection<string> serials,
        X509RevocationReason? reason,
        DateTimeOffset? time = null,
        DateTimeOffset? invalidityDate = null) =>
        _index.SetRevocation(serials, IndexLine.Revocation(time ?? _timeProvider.GetUtcNow(), reason, invalidityDate));

    public void Hold(string serial, DateTimeOffset? time = null) => Revoke(serial, X509RevocationReason.CertificateHold, time);

    /// <summary>Makes a certificate valid again, held or not: a test may want what a CA must not do.</summary>
    public void Unrevoke(string serial) => _index.SetRevocation([serial], revocation: null);

    /// <summary>Appends a line as it is, well-formed or not.</summary>
    public void AppendIndexLine(string line) => _index.Append([line]);

    public IReadOnlyList<string> ReadIndexLines() => _index.ReadLines();

    /// <summary>Makes a delegated OCSP signer; it is not listed in the index, as nobody asks for its status (nocheck).</summary>
    public DemoCertificate CreateResponder(DemoResponderOptions responder)
    {
        DateTimeOffset now = _timeProvider.GetUtcNow();
        bool expired = responder.Faults.HasFlag(ResponderFaults.Expired);
        DateTimeOffset notBefore = responder.NotBefore ?? (expired ? now.AddDays(-30) : now.AddHours(-1));
        DateTimeOffset notAfter = responder.NotAfter ?? (expired ? now.AddDays(-1) : now + Options.ResponderValidity);

        using DemoIssuer issuer = ResponderIssuer(responder.Faults, now);
        using DemoKey key = DemoKey.Create(responder.KeyType);
        CertificateRequest request = CertificateProfiles.Responder(
            $"{Options.CaName} OCSP {responder.Name}", key.PublicKey, issuer, responder.Faults);
        string serial = SerialNumbers.Next();
        using X509Certificate2 certificate = issuer.Sign(request, serial, notBefore, notAfter);

        bool otherKey = responder.Faults.HasFlag(ResponderFaults.OtherKey);
        using DemoKey written = otherKey ? DemoKey.Create(responder.KeyType) : key;
        return Write(responder.Name, serial, certificate, Layout.Top(responder.Name), written, Layout.Key(responder.Name));
    }

    private DateTimeOffset DefaultExpiry => _timeProvider.GetUtcNow() + Options.LeafValidity;

    private DemoCertificate WriteLeaf(string dnsName, string serial, string path, DateTimeOffset? notBefore, DateTimeOffset notAfter)
    {
        using DemoIssuer issuer = DemoIssuer.Load(Layout);
        using DemoKey key = DemoKey.Create(DemoKeyType.EcdsaP256);
        CertificateRequest request = CertificateProfiles.Leaf(dnsName, key.PublicKey, issuer, Options);
        // An hour early, for a verifier whose clock is behind.
        DateTimeOffset start = notBefore ?? _timeProvider.GetUtcNow().AddHours(-1);
        using X509Certificate2 certificate = issuer.Sign(request, serial, start, notAfter);
        return Write(dnsName, serial, certificate, path, key, Layout.Key(serial));
    }

    private DemoIssuer ResponderIssuer(ResponderFaults faults, DateTimeOffset now)
    {
        if (faults.HasFlag(ResponderFaults.ForgedIssuer))
        {
            return DemoIssuer.LoadWithOtherKey(Layout);
        }

        return faults.HasFlag(ResponderFaults.OtherIssuer)
            ? DemoIssuer.CreateSelfSigned("Another CA", DemoKeyType.EcdsaP256, now.AddDays(-1), now + Options.CaValidity)
            : DemoIssuer.Load(Layout);
    }

    private static DemoCertificate Write(
        string name, string serial, X509Certificate2 certificate, string certificatePath, DemoKey key, string keyPath)
    {
        DemoFile.WritePrivate(keyPath, key.ToPem());
        DemoFile.Write(certificatePath, certificate.ExportCertificatePem() + "\n");
        return new DemoCertificate(name, serial, certificatePath, keyPath);
    }
}
