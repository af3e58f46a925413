using System.Security.Cryptography;
using PkiCore.Ocsp;
using PkiCore.Testing;
using PkiCore.X509;

namespace PkiCore.Benchmarks.Table;

/// <summary>A request whose serial number is written over for each certificate. It stays in the cache, as one that comes from a socket does.</summary>
internal sealed class SyntheticRequest
{
    private readonly SyntheticSerials _serials;
    private readonly byte[] _encoded;

    public SyntheticRequest(Issuer issuer, CertIdHash hash, SyntheticSerials serials)
    {
        _serials = serials;
        byte[] serial = new byte[serials.Length];
        serials.Write(0, serial);
        HashAlgorithmName algorithm = hash == CertIdHash.Sha1 ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256;
        _encoded = OcspRequestEncoder.Create(algorithm, nonce: null, (issuer.Certificate, serial));
    }

    public ReadOnlySpan<byte> Encoded => _encoded;

    /// <summary>Where the serial number is: without a nonce it comes last.</summary>
    public Span<byte> Serial => _encoded.AsSpan(_encoded.Length - _serials.Length);

    public ReadOnlySpan<byte> For(long index)
    {
        _serials.Write(index, Serial);
        return _encoded;
    }
}
