using System.Security.Cryptography.X509Certificates;

namespace PkiCore.Responder.Demo;

/// <summary>A CA certificate with its private key: what signs certificates.</summary>
internal sealed class DemoIssuer : IDisposable
{
    private DemoIssuer(X509Certificate2 certificate, DemoKey key)
    {
        Certificate = certificate;
        Key = key;
    }

    public X509Certificate2 Certificate { get; }

    public DemoKey Key { get; }

    public static DemoIssuer CreateSelfSigned(string name, DemoKeyType type, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        DemoKey key = DemoKey.Create(type);
        CertificateRequest request = CertificateProfiles.Ca(name, key);
        return new DemoIssuer(Sign(request, request.SubjectName, key, SerialNumbers.Next(), notBefore, notAfter), key);
    }

    public static DemoIssuer Load(DemoLayout layout)
    {
        X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(layout.CaCertificate);
        return new DemoIssuer(certificate, DemoKey.FromPemFile(layout.CaKey, certificate));
    }

    /// <summary>The CA's certificate with a key that is not its own: everything fits but the signatures.</summary>
    public static DemoIssuer LoadWithOtherKey(DemoLayout layout) =>
        new(X509CertificateLoader.LoadCertificateFromFile(layout.CaCertificate), DemoKey.Create(DemoKeyType.EcdsaP256));

    public X509Certificate2 Sign(CertificateRequest request, string serial, DateTimeOffset notBefore, DateTimeOffset notAfter) =>
        Sign(request, Certificate.SubjectName, Key, serial, notBefore, notAfter);

    public void Dispose()
    {
        Certificate.Dispose();
        Key.Dispose();
    }

    // By name and generator: the overload that takes a certificate refuses the validity periods that tests need.
    private static X509Certificate2 Sign(
        CertificateRequest request,
        X500DistinguishedName issuer,
        DemoKey key,
        string serial,
        DateTimeOffset notBefore,
        DateTimeOffset notAfter) =>
        request.Create(issuer, key.CreateGenerator(), notBefore, notAfter, Convert.FromHexString(serial));
}
