using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PkiCore.Responder.Demo;

/// <summary>The three kinds of certificate that the demonstration CA makes, as requests to be signed.</summary>
internal static class CertificateProfiles
{
    private const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    private const string OcspSigning = "1.3.6.1.5.5.7.3.9";
    private const string OcspNoCheck = "1.3.6.1.5.5.7.48.1.5";
    private const string FreshestCrl = "2.5.29.46";

    public static CertificateRequest Ca(string name, DemoKey key)
    {
        CertificateRequest request = Start(name, key.PublicKey, key.Hash);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign | X509KeyUsageFlags.DigitalSignature, critical: true));
        return request;
    }

    public static CertificateRequest Leaf(string dnsName, PublicKey key, DemoIssuer issuer, DemoCaOptions options)
    {
        CertificateRequest request = Start(dnsName, key, issuer.Key.Hash);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(dnsName);
        AddEndEntity(request, issuer);
        request.CertificateExtensions.Add(ExtendedKeyUsage(ServerAuth));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension([options.OcspUrl], caIssuersUris: []));
        request.CertificateExtensions.Add(DistributionPoint(options.CrlUrl));
        request.CertificateExtensions.Add(new X509Extension(FreshestCrl, DistributionPoint(options.DeltaCrlUrl).RawData, critical: false)); // the same syntax (RFC 5280 4.2.1.15)
        return request;
    }

    /// <summary>A delegated signer (RFC 6960, 4.2.2.2; Baseline Requirements 7.1.2.8): no CRL and OCSP addresses of its own.</summary>
    public static CertificateRequest Responder(string name, PublicKey key, DemoIssuer issuer, ResponderFaults faults)
    {
        CertificateRequest request = Start(name, key, issuer.Key.Hash);
        AddEndEntity(request, issuer);
        if (!faults.HasFlag(ResponderFaults.NoExtendedKeyUsage))
        {
            string usage = faults.HasFlag(ResponderFaults.WrongExtendedKeyUsage) ? ServerAuth : OcspSigning;
            request.CertificateExtensions.Add(ExtendedKeyUsage(usage));
        }

        if (!faults.HasFlag(ResponderFaults.NoNoCheck))
        {
            // The value is NULL (RFC 6960, 4.2.2.2.1), which is 05 00 in DER.
            request.CertificateExtensions.Add(new X509Extension(OcspNoCheck, [0x05, 0x00], critical: false));
        }

        return request;
    }

    private static CertificateRequest Start(string commonName, PublicKey key, HashAlgorithmName hash)
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(commonName);
        var request = new CertificateRequest(subject.Build(), key, hash);
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));
        return request;
    }

    private static void AddEndEntity(CertificateRequest request, DemoIssuer issuer)
    {
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(
                issuer.Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
    }

    private static X509Extension DistributionPoint(string url) => CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([url]);

    private static X509EnhancedKeyUsageExtension ExtendedKeyUsage(string purpose) => new([new Oid(purpose)], critical: false);
}
