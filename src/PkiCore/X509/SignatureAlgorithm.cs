using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PkiCore.X509;

/// <summary>A signature algorithm as certificates, OCSP responses and CRLs name it. The instances are the only ones there are.</summary>
public sealed class SignatureAlgorithm
{
    internal const string Ed25519Oid = "1.3.101.112";

    private readonly byte[] _encoded;

    private SignatureAlgorithm(string name, SignatureScheme scheme, HashAlgorithmName hash, string encodedHex)
    {
        Name = name;
        Scheme = scheme;
        Hash = hash;
        _encoded = Convert.FromHexString(encodedHex);
    }

    /// <summary>ecdsa-with-SHA256 (RFC 5758 3.2).</summary>
    public static SignatureAlgorithm EcdsaWithSha256 { get; } = new("ecdsa-with-SHA256", SignatureScheme.Ecdsa, HashAlgorithmName.SHA256, "300A06082A8648CE3D040302");

    /// <summary>ecdsa-with-SHA384 (RFC 5758 3.2).</summary>
    public static SignatureAlgorithm EcdsaWithSha384 { get; } = new("ecdsa-with-SHA384", SignatureScheme.Ecdsa, HashAlgorithmName.SHA384, "300A06082A8648CE3D040303");

    /// <summary>ecdsa-with-SHA512 (RFC 5758 3.2).</summary>
    public static SignatureAlgorithm EcdsaWithSha512 { get; } = new("ecdsa-with-SHA512", SignatureScheme.Ecdsa, HashAlgorithmName.SHA512, "300A06082A8648CE3D040304");

    /// <summary>sha256WithRSAEncryption (RFC 4055 5), which every client has to verify (RFC 6960 4.3).</summary>
    public static SignatureAlgorithm RsaWithSha256 { get; } = new("sha256WithRSAEncryption", SignatureScheme.RsaPkcs1, HashAlgorithmName.SHA256, "300D06092A864886F70D01010B0500");

    /// <summary>sha384WithRSAEncryption (RFC 4055 5).</summary>
    public static SignatureAlgorithm RsaWithSha384 { get; } = new("sha384WithRSAEncryption", SignatureScheme.RsaPkcs1, HashAlgorithmName.SHA384, "300D06092A864886F70D01010C0500");

    /// <summary>sha512WithRSAEncryption (RFC 4055 5).</summary>
    public static SignatureAlgorithm RsaWithSha512 { get; } = new("sha512WithRSAEncryption", SignatureScheme.RsaPkcs1, HashAlgorithmName.SHA512, "300D06092A864886F70D01010D0500");

    /// <summary>id-RSASSA-PSS with SHA-256, MGF1 with the same hash and a salt as long as the hash (RFC 4055 3.1; the bytes as in BR 7.1.3.2.1).</summary>
    public static SignatureAlgorithm RsaPssWithSha256 { get; } = new("RSASSA-PSS-SHA256", SignatureScheme.RsaPss, HashAlgorithmName.SHA256,
        "304106092A864886F70D01010A3034A00F300D06096086480165030402010500A11C301A06092A864886F70D010108300D06096086480165030402010500A203020120");

    /// <summary>id-RSASSA-PSS with SHA-384, MGF1 with the same hash and a salt as long as the hash (RFC 4055 3.1; the bytes as in BR 7.1.3.2.1).</summary>
    public static SignatureAlgorithm RsaPssWithSha384 { get; } = new("RSASSA-PSS-SHA384", SignatureScheme.RsaPss, HashAlgorithmName.SHA384,
        "304106092A864886F70D01010A3034A00F300D06096086480165030402020500A11C301A06092A864886F70D010108300D06096086480165030402020500A203020130");

    /// <summary>id-RSASSA-PSS with SHA-512, MGF1 with the same hash and a salt as long as the hash (RFC 4055 3.1; the bytes as in BR 7.1.3.2.1).</summary>
    public static SignatureAlgorithm RsaPssWithSha512 { get; } = new("RSASSA-PSS-SHA512", SignatureScheme.RsaPss, HashAlgorithmName.SHA512,
        "304106092A864886F70D01010A3034A00F300D06096086480165030402030500A11C301A06092A864886F70D010108300D06096086480165030402030500A203020140");

    /// <summary>Ed25519 (RFC 8410 3): signs the message itself.</summary>
    public static SignatureAlgorithm Ed25519 { get; } = new("Ed25519", SignatureScheme.EdDsa, default, "300506032B6570");

    /// <summary>sha1WithRSAEncryption: read in old responses, never produced (BR-11).</summary>
    internal static SignatureAlgorithm RsaWithSha1 { get; } = new("sha1WithRSAEncryption", SignatureScheme.RsaPkcs1, HashAlgorithmName.SHA1, "300D06092A864886F70D0101050500");

    private static readonly SignatureAlgorithm[] s_all =
    [
        EcdsaWithSha256, EcdsaWithSha384, EcdsaWithSha512, RsaWithSha256, RsaWithSha384, RsaWithSha512,
        RsaPssWithSha256, RsaPssWithSha384, RsaPssWithSha512, Ed25519, RsaWithSha1,
    ];

    /// <summary>Those that sign.</summary>
    internal static IReadOnlyList<SignatureAlgorithm> All { get; } = s_all[..^1];

    /// <summary>The name in its RFC.</summary>
    public string Name { get; }

    /// <summary>The hash of what is signed; without a name for <see cref="Ed25519"/>.</summary>
    public HashAlgorithmName Hash { get; }

    /// <summary>The whole AlgorithmIdentifier in DER, the parameters as the CA/Browser Forum fixes them (BR 7.1.3.2).</summary>
    public ReadOnlySpan<byte> Encoded => _encoded;

    internal SignatureScheme Scheme { get; }

    /// <summary>For the two RSA schemes.</summary>
    internal RSASignaturePadding RsaPadding => Scheme == SignatureScheme.RsaPss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;

    /// <summary>The algorithm that suits a key: ECDSA with the hash of the curve's size, RSA with SHA-256.</summary>
    /// <exception cref="ArgumentException">The key is of another kind, an RSA key under 2048 bits, or on another curve.</exception>
    public static SignatureAlgorithm ForKey(AsymmetricAlgorithm key) => (key, (key as ECDsa)?.ExportParameters(includePrivateParameters: false).Curve.Oid?.Value) switch
    {
        (ECDsa, "1.2.840.10045.3.1.7") => EcdsaWithSha256,
        (ECDsa, "1.3.132.0.34") => EcdsaWithSha384,
        (ECDsa, "1.3.132.0.35") => EcdsaWithSha512,
        (RSA { KeySize: >= 2048 }, _) => RsaWithSha256,
        (null, _) => throw new ArgumentNullException(nameof(key)),
        _ => throw new ArgumentException($"A {key.KeySize}-bit {key.SignatureAlgorithm} key cannot sign: it has to be ECDSA P-256, P-384, P-521 or RSA of 2048 bits or more.", nameof(key)),
    };

    /// <summary>The algorithm that was asked for, if it is one for the key; the one that suits the key if none was.</summary>
    /// <exception cref="ArgumentException">It is not one for the key, or there is none.</exception>
    internal static SignatureAlgorithm Choose(AsymmetricAlgorithm key, SignatureAlgorithm? wanted) => Choose(ForKey(key), wanted);

    /// <inheritdoc cref="Choose(AsymmetricAlgorithm, SignatureAlgorithm?)"/>
    internal static SignatureAlgorithm Choose(PublicKey key, SignatureAlgorithm? wanted)
    {
        using AsymmetricAlgorithm? asymmetric = (AsymmetricAlgorithm?)key.GetECDsaPublicKey() ?? key.GetRSAPublicKey();
        return Choose(Suitable(asymmetric, key.Oid), wanted);
    }

    /// <inheritdoc cref="Choose(AsymmetricAlgorithm, SignatureAlgorithm?)"/>
    /// <remarks>The point in a certificate may be compressed, which <see cref="PublicKey"/> cannot read.</remarks>
    internal static SignatureAlgorithm Choose(X509Certificate2 certificate, SignatureAlgorithm? wanted)
    {
        using AsymmetricAlgorithm? asymmetric = (AsymmetricAlgorithm?)certificate.GetECDsaPublicKey() ?? certificate.GetRSAPublicKey();
        return Choose(Suitable(asymmetric, certificate.PublicKey.Oid), wanted);
    }

    private static SignatureAlgorithm Suitable(AsymmetricAlgorithm? key, Oid keyType) =>
        keyType.Value == Ed25519Oid ? Ed25519
        : ForKey(key ?? throw new ArgumentException($"A key of type {keyType.FriendlyName ?? keyType.Value} cannot sign here.", nameof(key)));

    private static SignatureAlgorithm Choose(SignatureAlgorithm suitable, SignatureAlgorithm? wanted)
    {
        bool fits = wanted is null || wanted.Scheme == suitable.Scheme || (suitable.Scheme == SignatureScheme.RsaPkcs1 && wanted.Scheme == SignatureScheme.RsaPss);
        return fits && wanted != RsaWithSha1 ? wanted ?? suitable : throw new ArgumentException($"A key that suits {suitable} does not sign with {wanted}.", nameof(wanted));
    }

    /// <summary>Finds the algorithm of an encoded AlgorithmIdentifier; absent RSA parameters are taken as NULL (RFC 4055 5).</summary>
    internal static SignatureAlgorithm? Find(ReadOnlySpan<byte> encoded)
    {
        foreach (SignatureAlgorithm algorithm in s_all)
        {
            ReadOnlySpan<byte> known = algorithm._encoded;
            bool withoutNull = algorithm.Scheme == SignatureScheme.RsaPkcs1 && encoded.Length == known.Length - 2 && encoded[2..].SequenceEqual(known[2..^2]);
            if (withoutNull || encoded.SequenceEqual(known))
            {
                return algorithm;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>The mathematics of a <see cref="SignatureAlgorithm"/>, without its hash.</summary>
internal enum SignatureScheme
{
    Ecdsa,
    RsaPkcs1,
    RsaPss,
    EdDsa,
}
