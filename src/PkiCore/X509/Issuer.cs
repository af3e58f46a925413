using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PkiCore.X509;

/// <summary>
/// A certification authority whose certificates are answered for: its certificate, and the hashes by which CertIDs name it.
/// Immutable and safe for use from several threads.
/// </summary>
public sealed class Issuer
{
    private readonly byte[][] _nameHashes;
    private readonly byte[][] _keyHashes;

    private Issuer(X509Certificate2 certificate)
    {
        Certificate = certificate;
        Name = certificate.Subject; // a thread that is stuck in a signer may want it after the certificate was disposed
        // RFC 6960 4.1.1: the DER of the Name as it stands in the certificate, and the BIT STRING's value without tag, length and unused bits
        byte[] name = certificate.SubjectName.RawData;
        byte[] key = certificate.PublicKey.EncodedKeyValue.RawData;
        _nameHashes = new byte[CertIdHashes.Count][];
        _keyHashes = new byte[CertIdHashes.Count][];
        for (CertIdHash hash = CertIdHash.Sha1; (int)hash < CertIdHashes.Count; hash++)
        {
            _nameHashes[(int)hash] = CertIdHashes.Compute(hash, name);
            _keyHashes[(int)hash] = CertIdHashes.Compute(hash, key);
        }
    }

    /// <summary>The authority's certificate.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The distinguished name, for people.</summary>
    public string Name { get; }

    /// <summary>Reads the first certificate of a PEM file, or a DER file.</summary>
    /// <exception cref="CryptographicException">The file holds no certificate; the message names it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Issuer FromPemFile(string path) => new(CertificateFile.Load(path));

    /// <summary>Takes a certificate. It has to live as long as the issuer.</summary>
    public static Issuer FromCertificate(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return new Issuer(certificate);
    }

    /// <summary>The issuerNameHash of a CertID.</summary>
    public ReadOnlySpan<byte> GetNameHash(CertIdHash hash) => _nameHashes[(int)hash];

    /// <summary>The issuerKeyHash of a CertID.</summary>
    public ReadOnlySpan<byte> GetKeyHash(CertIdHash hash) => _keyHashes[(int)hash];

    /// <summary>Whether both hashes are this issuer's: two authorities may share a name (RFC 6960 4.1.2).</summary>
    public bool Matches(CertIdHash hash, ReadOnlySpan<byte> nameHash, ReadOnlySpan<byte> keyHash) =>
        keyHash.SequenceEqual(_keyHashes[(int)hash]) && nameHash.SequenceEqual(_nameHashes[(int)hash]);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
