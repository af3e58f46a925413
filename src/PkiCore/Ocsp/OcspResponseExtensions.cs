using PkiCore.Asn1;

namespace PkiCore.Ocsp;

/// <summary>Encodes responseExtensions: the nonce of the request (RFC 9654 2.1) and extended-revoke (RFC 6960 4.4.8).</summary>
internal static class OcspResponseExtensions
{
    /// <summary>A nonce of 128 octets, extended-revoke, and what is around them.</summary>
    public const int MaxLength = 200;

    private static readonly byte[] s_extendedRevokeValue = [DerTag.Null, 0];

    /// <summary>Writes <c>[1] EXPLICIT Extensions</c>, or nothing where there is nothing to say: an empty SEQUENCE is not allowed.</summary>
    /// <returns>The number of bytes written.</returns>
    public static int Write(Span<byte> destination, ReadOnlySpan<byte> nonce, bool extendedRevoke)
    {
        int nonceValue = DerWriter.GetEncodedLength(nonce.Length);
        int nonceLength = nonce.IsEmpty ? 0 : GetExtensionLength(ObjectIdentifiers.OcspNonce, nonceValue);
        int revokeLength = extendedRevoke ? GetExtensionLength(ObjectIdentifiers.OcspExtendedRevoke, s_extendedRevokeValue.Length) : 0;
        int contents = nonceLength + revokeLength;
        if (contents == 0)
        {
            return 0;
        }

        var writer = new DerWriter(destination);
        writer.WriteHeader(DerTag.ContextConstructed(1), DerWriter.GetEncodedLength(contents));
        writer.WriteHeader(DerTag.Sequence, contents);
        if (!nonce.IsEmpty)
        {
            WriteExtensionStart(ref writer, ObjectIdentifiers.OcspNonce, nonceValue);
            writer.WriteOctetString(nonce); // an OCTET STRING in the OCTET STRING
        }

        if (extendedRevoke)
        {
            WriteExtensionStart(ref writer, ObjectIdentifiers.OcspExtendedRevoke, s_extendedRevokeValue.Length);
            writer.WriteEncoded(s_extendedRevokeValue);
        }

        return writer.Written;
    }

    private static int GetExtensionLength(ReadOnlySpan<byte> oid, int valueLength) =>
        DerWriter.GetEncodedLength(DerWriter.GetEncodedLength(oid.Length) + DerWriter.GetEncodedLength(valueLength));

    private static void WriteExtensionStart(ref DerWriter writer, ReadOnlySpan<byte> oid, int valueLength)
    {
        writer.WriteHeader(DerTag.Sequence, DerWriter.GetEncodedLength(oid.Length) + DerWriter.GetEncodedLength(valueLength));
        writer.WriteObjectIdentifier(oid);
        writer.WriteHeader(DerTag.OctetString, valueLength);
    }
}
