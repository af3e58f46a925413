using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Testing;

/// <summary>Where a certificate says that its CRLs are.</summary>
/// <param name="Uri">The name of the distribution point.</param>
public sealed record CrlPoint(string Uri)
{
    /// <summary>Who issues the CRL, when that is not who issued the certificate (RFC 5280 4.2.1.13).</summary>
    public X500DistinguishedName? CrlIssuer { get; init; }

    /// <summary>The reasons that it is about.</summary>
    public ReasonFlags? Reasons { get; init; }
}

/// <summary>An authority in memory, whose certificates say where CRLs are.</summary>
public sealed class CrlAuthority : IDisposable
{
    private const string CrlDistributionPoints = "2.5.29.31";
    private const string FreshestCrl = "2.5.29.46";

    public static readonly DateTimeOffset Start = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset End = new(2090, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly AsymmetricAlgorithm _key;
    private readonly SignatureAlgorithm? _algorithm;

    /// <param name="name">Its distinguished name.</param>
    /// <param name="kind">P-256, P-384, P-521, RSA or PSS.</param>
    /// <param name="parent">Who certifies it; itself by default.</param>
    /// <param name="isCA">Else it issues CRLs alone.</param>
    /// <param name="points">Where the CRLs about its own certificate are.</param>
    /// <param name="serial">The serial number of its certificate, in hexadecimal.</param>
    public CrlAuthority(string name, string kind = "P-256", CrlAuthority? parent = null, bool isCA = true, CrlPoint[]? points = null, string serial = "4D")
    {
        _key = kind switch
        {
            "P-384" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
            "P-521" => ECDsa.Create(ECCurve.NamedCurves.nistP521),
            "RSA" or "PSS" => RSA.Create(2048),
            _ => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        };
        _algorithm = kind == "PSS" ? SignatureAlgorithm.RsaPssWithSha256 : null;
        Certificate = Certify(new X500DistinguishedName(name), new PublicKey(_key), isCA, parent ?? this, points, serial);
        Issuer = Issuer.FromCertificate(Certificate);
    }

    public X509Certificate2 Certificate { get; }

    public Issuer Issuer { get; }

    public AsymmetricAlgorithm Key => _key;

    private SignatureAlgorithm Algorithm => _algorithm ?? SignatureAlgorithm.ForKey(_key);

    public DotNetSigner CreateSigner() => new(
        _key is ECDsa ecdsa ? ECDsa.Create(ecdsa.ExportParameters(includePrivateParameters: true)) : RSA.Create(((RSA)_key).ExportParameters(includePrivateParameters: true)),
        Certificate,
        Algorithm);

    /// <summary>Issues the certificate of an end entity.</summary>
    /// <param name="serial">Its serial number in hexadecimal, as the octets of the INTEGER.</param>
    /// <param name="points">Where its CRLs are.</param>
    /// <param name="freshest">Where its delta CRLs are.</param>
    public X509Certificate2 Issue(string serial, CrlPoint[]? points = null, string? freshest = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Certify(new X500DistinguishedName($"CN=leaf {serial}"), new PublicKey(key), isCA: null, this, points, serial, freshest);
    }

    /// <summary>Certifies a key that is kept elsewhere, as that of an authority.</summary>
    public X509Certificate2 CertifyAuthority(string name, PublicKey key) => Certify(new X500DistinguishedName(name), key, isCA: true, this, points: null, "4E");

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }

    private static X509Certificate2 Certify(
        X500DistinguishedName name, PublicKey key, bool? isCA, CrlAuthority authority, CrlPoint[]? points, string serial, string? freshest = null)
    {
        X500DistinguishedName issuer = authority.Certificate is null ? name : authority.Certificate.SubjectName;
        HashAlgorithmName hash = authority.Algorithm.Hash;
        var request = new CertificateRequest(name, key, hash, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));
        if (isCA is { } value)
        {
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(value, false, 0, critical: true));
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.CrlSign | (value ? X509KeyUsageFlags.KeyCertSign : X509KeyUsageFlags.None), critical: true));
        }

        if (authority.Certificate?.Extensions["2.5.29.14"] is X509SubjectKeyIdentifierExtension identifier)
        {
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(identifier));
        }

        if (points is not null)
        {
            request.CertificateExtensions.Add(new X509Extension(CrlDistributionPoints, Encode(points), critical: false));
        }

        if (freshest is not null)
        {
            request.CertificateExtensions.Add(new X509Extension(FreshestCrl, Encode([new CrlPoint(freshest)]), critical: false));
        }

        X509SignatureGenerator generator = authority.Key is ECDsa ecdsa ? X509SignatureGenerator.CreateForECDsa(ecdsa)
            : X509SignatureGenerator.CreateForRSA((RSA)authority.Key, authority._algorithm is null ? RSASignaturePadding.Pkcs1 : RSASignaturePadding.Pss);
        return request.Create(issuer, generator, Start, End, Convert.FromHexString(serial));
    }

    private static byte[] Encode(CrlPoint[] points)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (CrlPoint point in points)
            {
                using (writer.PushSequence())
                {
                    WritePoint(writer, point);
                }
            }
        }

        return writer.Encode();
    }

    private static void WritePoint(AsnWriter writer, CrlPoint point)
    {
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        {
            writer.WriteCharacterString(UniversalTagNumber.IA5String, point.Uri, new Asn1Tag(TagClass.ContextSpecific, 6));
        }

        if (point.Reasons is { } reasons)
        {
            byte[] bits = new byte[2];
            for (int bit = 0; bit < 9; bit++)
            {
                bits[bit / 8] |= (byte)(((int)reasons >> bit & 1) << (7 - (bit % 8)));
            }

            int used = bits[1] != 0 ? 2 : 1;
            int unused = used == 2 ? 7 : int.TrailingZeroCount(bits[0]);
            writer.WriteBitString(bits.AsSpan(0, used), unused, new Asn1Tag(TagClass.ContextSpecific, 1));
        }

        if (point.CrlIssuer is { } issuer)
        {
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 2)))
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 4)))
            {
                writer.WriteEncodedValue(issuer.RawData);
            }
        }
    }
}
