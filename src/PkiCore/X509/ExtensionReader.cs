using System.Formats.Asn1;
using PkiCore.Asn1;

namespace PkiCore.X509;

/// <summary>Reads an Extensions SEQUENCE (RFC 5280 4.1) one by one.</summary>
internal static class ExtensionReader
{
    /// <summary>No object identifier in use is longer; the numbers of one that is are not written out.</summary>
    private const int MaxWrittenOid = 64;

    /// <summary>Reads one Extension: extnID, critical DEFAULT FALSE, extnValue.</summary>
    public static bool TryRead(scoped ref DerReader extensions, out ReadOnlySpan<byte> oid, out bool critical, out ReadOnlySpan<byte> value)
    {
        critical = false;
        value = default;
        return extensions.TryReadSequence(out DerReader extension) & extension.TryReadObjectIdentifier(out oid)
            && (!extension.HasTag(DerTag.Boolean) || (extension.TryReadBoolean(out critical) && critical)) // X.690 11.5: FALSE is left out
            && extension.TryReadOctetString(out value)
            && extension.IsEmpty;
    }

    /// <summary>RFC 5280 4.2: no extension twice. The caller bounds the number of those that are compared.</summary>
    /// <param name="all">The contents of the SEQUENCE.</param>
    /// <param name="oid">The one just read.</param>
    /// <param name="before">How many were read before it.</param>
    public static bool IsRepeated(ReadOnlySpan<byte> all, ReadOnlySpan<byte> oid, int before)
    {
        var earlier = new DerReader(all);
        for (int i = 0; i < before; i++)
        {
            if (TryRead(ref earlier, out ReadOnlySpan<byte> other, out _, out _) && other.SequenceEqual(oid))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>An object identifier for people: numbers and dots; the octets in hexadecimal when the numbers are absurd.</summary>
    /// <param name="oid">The contents octets.</param>
    public static string Describe(ReadOnlySpan<byte> oid)
    {
        if (oid.Length <= MaxWrittenOid)
        {
            Span<byte> encoded = stackalloc byte[2 + MaxWrittenOid];
            var writer = new DerWriter(encoded);
            writer.WriteObjectIdentifier(oid);
            try
            {
                return AsnDecoder.ReadObjectIdentifier(encoded[..writer.Written], AsnEncodingRules.DER, out _);
            }
            catch (AsnContentException)
            {
                // a number that .NET finds too long
            }
        }

        return "0x" + Convert.ToHexString(oid[..Math.Min(oid.Length, MaxWrittenOid)]);
    }
}
