using System.Formats.Asn1;
using PkiCore.X509;

namespace PkiCore.Fuzz.Oracles;

/// <summary>A CertID, read with <see cref="AsnReader"/>.</summary>
internal sealed record ReferenceCertId(CertIdHash? Hash, byte[] IssuerNameHash, byte[] IssuerKeyHash, byte[] SerialNumber, byte[] Contents)
{
    private static readonly Dictionary<string, CertIdHash> s_hashes = new(StringComparer.Ordinal)
    {
        ["2B0E03021A"] = CertIdHash.Sha1,
        ["608648016503040201"] = CertIdHash.Sha256,
        ["608648016503040202"] = CertIdHash.Sha384,
        ["608648016503040203"] = CertIdHash.Sha512,
        ["608648016503040204"] = CertIdHash.Sha224,
    };

    public static ReferenceCertId Read(AsnReader reader)
    {
        byte[] contents = reader.PeekContentBytes().ToArray();
        AsnReader fields = reader.ReadSequence();
        AsnReader algorithm = fields.ReadSequence();
        string oid = Convert.ToHexString(algorithm.ReadObjectIdentifierContents());
        bool plain = !algorithm.HasData || algorithm.ReadAny().Span.SequenceEqual((ReadOnlySpan<byte>)[5, 0]);
        AsnReaderExtensions.Check(!algorithm.HasData);
        CertIdHash? hash = plain && s_hashes.TryGetValue(oid, out CertIdHash known) ? known : null;
        byte[] nameHash = fields.ReadOctetString();
        byte[] keyHash = fields.ReadOctetString();
        byte[] serial = fields.ReadIntegerBytes().ToArray();
        AsnReaderExtensions.Check(!fields.HasData);
        return new ReferenceCertId(hash, nameHash, keyHash, serial, contents);
    }
}
