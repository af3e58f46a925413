using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto.Operators;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.OpenSsl;
using Org.BouncyCastle.X509;
using PkiCore.Crl.State;
using PkiCore.Crl;
using static System.FormattableString;

namespace PkiCore.Benchmarks.Crl;

/// <summary>The same CRL, from a list of certificates to signed bytes, by three libraries. Each is made once after a small one: the slow ones take a minute.</summary>
[SupportedOSPlatform("linux")]
internal static class PeerFigures
{
    public static IEnumerable<TableRow> Measure(CrlInputs inputs, int[] counts, int dotnetUpTo)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = Certify(key);
        X509Crl ByBouncyCastle(int count) => MakeByBouncyCastle(key, count);
        byte[] ByDotNet(int count) => MakeByDotNet(certificate, count);
        long ByPkiCore(int count) => MakeByPkiCore(inputs, count);

        const int Small = 100;
        ByBouncyCastle(Small);
        ByDotNet(Small);
        ByPkiCore(Small);
        foreach (int count in counts)
        {
            Progress.Report(Invariant($"{count:N0} entries"));
            double ours = Statistics.Median(Enumerable.Range(0, 5).Select(_ => IssueFigures.Time(() => ByPkiCore(count))));
            double bouncyCastle = IssueFigures.Time(() => ByBouncyCastle(count));
            yield return new(Invariant($"{count:N0} entries: PkiCore, from a list to signed bytes"), Invariant($"{ours:0.0} ms"));
            yield return new(Invariant($"{count:N0} entries: Portable.BouncyCastle X509V2CrlGenerator"), Invariant($"{bouncyCastle:N0} ms, {bouncyCastle / ours:0.0}x"));
            if (count <= dotnetUpTo)
            {
                double dotnet = IssueFigures.Time(() => ByDotNet(count));
                yield return new(Invariant($"{count:N0} entries: .NET CertificateRevocationListBuilder"), Invariant($"{dotnet:N0} ms, {dotnet / ours:0.0}x"));
            }
        }
    }

    private static long MakeByPkiCore(CrlInputs inputs, int count)
    {
        CrlBuilder builder = inputs.CreateBuilder(new RevokedCertificates());
        for (int i = 0; i < count; i++)
        {
            builder.Add(CrlInputs.SerialOf(i), CrlInputs.Revoked(i).Status);
        }

        using var stream = new MemoryStream();
        return builder.WriteTo(stream, inputs.Signer, TimeSpan.FromSeconds(10));
    }

    private static byte[] MakeByDotNet(X509Certificate2 issuer, int count)
    {
        var builder = new CertificateRevocationListBuilder();
        byte[] octets = new byte[X509.SerialNumber.MaxLength];
        for (int i = 0; i < count; i++)
        {
            builder.AddEntry(octets.AsSpan(0, CrlInputs.SerialOf(i).CopyTo(octets)), CrlInputs.Now.AddDays(-1), X509RevocationReason.CessationOfOperation);
        }

        return builder.Build(issuer, 1, CrlInputs.Now.AddDays(4), HashAlgorithmName.SHA256, thisUpdate: CrlInputs.Now);
    }

    private static X509Crl MakeByBouncyCastle(ECDsa key, int count)
    {
        var generator = new X509V2CrlGenerator();
        generator.SetIssuerDN(new X509Name("CN=Peer"));
        generator.SetThisUpdate(CrlInputs.Now.UtcDateTime);
        generator.SetNextUpdate(CrlInputs.Now.AddDays(4).UtcDateTime);
        byte[] octets = new byte[X509.SerialNumber.MaxLength];
        for (int i = 0; i < count; i++)
        {
            int length = CrlInputs.SerialOf(i).CopyTo(octets);
            generator.AddCrlEntry(new BigInteger(octets, 0, length), CrlInputs.Now.AddDays(-1).UtcDateTime, CrlReason.CessationOfOperation);
        }

        using var pem = new StringReader(key.ExportECPrivateKeyPem());
        var pair = (Org.BouncyCastle.Crypto.AsymmetricCipherKeyPair)new PemReader(pem).ReadObject();
        X509Crl crl = generator.Generate(new Asn1SignatureFactory("SHA256withECDSA", pair.Private));
        return crl.GetEncoded().Length > 0 ? crl : throw new InvalidOperationException("There is no CRL.");
    }

    private static X509Certificate2 Certify(ECDsa key)
    {
        var request = new CertificateRequest("CN=Peer", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(CrlInputs.Now.AddDays(-1), CrlInputs.Now.AddDays(365));
    }
}
