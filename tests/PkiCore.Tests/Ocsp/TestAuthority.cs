using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Ocsp;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Tests.Ocsp;

/// <summary>A CA in memory, with one delegated signer, at a fixed time.</summary>
internal sealed class TestAuthority : IDisposable
{
    public static readonly DateTimeOffset Now = new(2024, 5, 17, 10, 20, 30, TimeSpan.Zero);

    private const string OcspSigning = "1.3.6.1.5.5.7.3.9";

    private readonly List<IDisposable> _owned = [];

    public TestAuthority()
    {
        CaKey = Own(ECDsa.Create(ECCurve.NamedCurves.nistP256));
        ResponderKey = Own(RSA.Create(2048));
        Ca = Own(new CertificateRequest("CN=Test CA, O=PkiCore", CaKey, HashAlgorithmName.SHA256).CreateSelfSigned(Now.AddYears(-1), Now.AddYears(1)));
        Responder = IssueResponder();
        Issuer = Issuer.FromCertificate(Ca);
    }

    public ECDsa CaKey { get; }

    public X509Certificate2 Ca { get; }

    public Issuer Issuer { get; }

    public RSA ResponderKey { get; }

    public X509Certificate2 Responder { get; }

    /// <summary>Makes a certificate for the responder's key.</summary>
    public X509Certificate2 IssueResponder(string usage = OcspSigning, DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null, ECDsa? caKey = null)
    {
        var request = new CertificateRequest("CN=Test responder", ResponderKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        if (usage.Length > 0)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        }

        return Own(request.Create(
            Ca.SubjectName, X509SignatureGenerator.CreateForECDsa(caKey ?? CaKey), notBefore ?? Now.AddDays(-1), notAfter ?? Now.AddDays(30), [0x42]));
    }

    /// <summary>A template with the responder's certificate, good for four days from an hour ago.</summary>
    public OcspResponseTemplate Template(ResponderIdKind kind = ResponderIdKind.ByKey, DateTimeOffset? producedAt = null) => new(
        ResponderId.Encode(kind, Responder), producedAt ?? Now.AddMinutes(-1), Now.AddHours(-1), Now.AddDays(4), SignatureAlgorithm.RsaWithSha256, OcspResponseTemplate.EncodeCertificates(Responder));

    /// <summary>A CertID of this CA up to its serial number.</summary>
    public byte[] Prefix(CertIdHash hash = CertIdHash.Sha256) => Asn1.DerText.Parse(
        $"30(06({Convert.ToHexString(CertIdHashes.ObjectIdentifier(hash))}) 0500)"
        + $"04({Convert.ToHexString(Issuer.GetNameHash(hash))}) 04({Convert.ToHexString(Issuer.GetKeyHash(hash))})");

    /// <summary>A response about one certificate, signed by the delegated signer.</summary>
    public byte[] Respond(OcspResponseTemplate template, CertificateStatus? status, string serial = "2A") =>
        Respond(template, new SingleResponse(Prefix(), Convert.FromHexString(serial), status));

    public byte[] Respond(OcspResponseTemplate template, SingleResponse single)
    {
        byte[] buffer = new byte[8192];
        int length = template.WriteToBeSigned(buffer, single);
        byte[] signature = ResponderKey.SignData(buffer.AsSpan(0, length), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return buffer[..template.Write(buffer, single, signature)];
    }

    public OcspVerificationResult Verify(byte[] response, DateTimeOffset? time = null)
    {
        OcspResponse? parsed = OcspResponse.Parse(response);
        Assert.NotNull(parsed);
        return OcspResponseVerifier.Verify(parsed, Issuer, time ?? Now);
    }

    public void Dispose() => _owned.ForEach(owned => owned.Dispose());

    private T Own<T>(T disposable)
        where T : IDisposable
    {
        _owned.Add(disposable);
        return disposable;
    }
}
