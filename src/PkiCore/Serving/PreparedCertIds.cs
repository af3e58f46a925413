using PkiCore.Asn1;
using PkiCore.Ocsp;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Serving;

/// <summary>The CertIDs by which answers of an issuer are signed ahead: each in a reply of its own, or all in one. Immutable.</summary>
internal sealed class PreparedCertIds
{
    private readonly byte[][][] _prefixes; // of each reply: the contents of its CertIDs up to the serial number
    private readonly int[] _replies; // by CertIdHash; -1 where no answer is signed ahead

    public PreparedCertIds(Issuer issuer, OcspResponderOptions options)
    {
        List<CertIdHash> hashes = [.. options.PreparedHashes];
        byte[][] prefixes = [.. hashes.Select(hash => EncodePrefix(issuer, hash))];
        _prefixes = options.CombineHashes ? [prefixes] : [.. prefixes.Select(prefix => new[] { prefix })];
        _replies = [.. Enum.GetValues<CertIdHash>().Select(hash => options.CombineHashes ? Math.Min(hashes.IndexOf(hash), 0) : hashes.IndexOf(hash))];
    }

    /// <summary>How many replies, and so signatures, every certificate has.</summary>
    public int ReplyCount => _prefixes.Length;

    /// <summary>The number of the reply that names the issuer by this hash; -1 when there is none.</summary>
    public int FindReply(CertIdHash hash) => _replies[(int)hash];

    /// <summary>What a reply says of a certificate.</summary>
    public SingleResponses CreateSingles(int reply, ReadOnlySpan<byte> serial, CertificateStatus status)
    {
        byte[][] prefixes = _prefixes[reply];
        return new SingleResponses(new SingleResponse(prefixes[0], serial, status), prefixes.AsSpan(1));
    }

    /// <summary>The parameters of the hash are NULL, as clients send them.</summary>
    private static byte[] EncodePrefix(Issuer issuer, CertIdHash hash)
    {
        ReadOnlySpan<byte> oid = CertIdHashes.ObjectIdentifier(hash);
        Span<byte> buffer = stackalloc byte[32 + (2 * (2 + CertIdHashes.MaxHashLength))];
        var writer = new DerWriter(buffer);
        writer.WriteHeader(DerTag.Sequence, DerWriter.GetEncodedLength(oid.Length) + 2);
        writer.WriteObjectIdentifier(oid);
        writer.WriteNull();
        writer.WriteOctetString(issuer.GetNameHash(hash));
        writer.WriteOctetString(issuer.GetKeyHash(hash));
        return buffer[..writer.Written].ToArray();
    }
}
