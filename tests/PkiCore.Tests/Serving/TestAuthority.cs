using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Tests.Serving;

/// <summary>A certification authority in memory, and the responder certificates it issues.</summary>
internal sealed class TestAuthority : IDisposable
{
    public static readonly DateTimeOffset Start = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset End = new(2035, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public TestAuthority(string name = "CN=Test CA", X509KeyUsageFlags usage = X509KeyUsageFlags.KeyCertSign, ECDsa? key = null)
    {
        if (key is not null)
        {
            Key.ImportParameters(key.ExportParameters(includePrivateParameters: true));
        }

        var request = new CertificateRequest(name, Key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, true));
        Certificate = request.Create(request.SubjectName, X509SignatureGenerator.CreateForECDsa(Key), Start, End, [1]);
        Issuer = Issuer.FromCertificate(Certificate);
    }

    public ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public X509Certificate2 Certificate { get; }

    public Issuer Issuer { get; }

    /// <summary>Issues a delegated responder's certificate as the CA/Browser Forum wants it, unless told otherwise.</summary>
    public X509Certificate2 IssueResponder(AsymmetricAlgorithm key, ResponderTerms? terms = null)
    {
        terms ??= new ResponderTerms();
        var request = new CertificateRequest(new X500DistinguishedName(terms.Subject), new PublicKey(key), HashAlgorithmName.SHA256);
        foreach (X509Extension extension in terms.Extensions)
        {
            request.CertificateExtensions.Add(extension);
        }

        X509SignatureGenerator generator = X509SignatureGenerator.CreateForECDsa(terms.SigningKey ?? Key);
        return request.Create(new X500DistinguishedName(terms.IssuerName ?? Certificate.Subject), generator, terms.NotBefore, terms.NotAfter, RandomNumberGenerator.GetBytes(8));
    }

    /// <summary>A signer with a new key and a delegated certificate.</summary>
    public DotNetSigner CreateSigner(ResponderTerms? terms = null, AsymmetricAlgorithm? key = null)
    {
        key ??= ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new DotNetSigner(key, IssueResponder(key, terms));
    }

    /// <summary>The authority's own key as a signer.</summary>
    public DotNetSigner CreateOwnSigner()
    {
        var copy = ECDsa.Create(Key.ExportParameters(includePrivateParameters: true));
        return new DotNetSigner(copy, Certificate);
    }

    public void Dispose()
    {
        Certificate.Dispose();
        Key.Dispose();
    }
}

/// <summary>What a responder's certificate says.</summary>
internal sealed record ResponderTerms
{
    public const string OcspSigning = "1.3.6.1.5.5.7.3.9";
    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    public string Subject { get; init; } = "CN=Test OCSP";

    public string? IssuerName { get; init; }

    public ECDsa? SigningKey { get; init; }

    public DateTimeOffset NotBefore { get; init; } = TestAuthority.Start;

    public DateTimeOffset NotAfter { get; init; } = TestAuthority.End;

    public IReadOnlyList<X509Extension> Extensions { get; init; } = [Usage(X509KeyUsageFlags.DigitalSignature), ExtendedUsage(OcspSigning), NoCheck()];

    public static X509Extension Usage(X509KeyUsageFlags flags) => new X509KeyUsageExtension(flags, critical: true);

    public static X509Extension ExtendedUsage(params string[] purposes)
    {
        var oids = new OidCollection();
        foreach (string purpose in purposes)
        {
            oids.Add(new Oid(purpose));
        }

        return new X509EnhancedKeyUsageExtension(oids, critical: false);
    }

    public static X509Extension NoCheck() => new("1.3.6.1.5.5.7.48.1.5", [0x05, 0x00], critical: false);
}
