using PkiCore.Asn1;

namespace PkiCore.Ocsp;

/// <summary>Reads an Extensions SEQUENCE (RFC 5280 4.1) one by one.</summary>
internal static class OcspExtensions
{
    /// <summary>Far more than any request or response has; bounds the search for repetitions.</summary>
    public const int MaxCount = 32;

    /// <summary>Enters <c>[number] EXPLICIT Extensions</c>; the SEQUENCE has one element or more.</summary>
    public static bool TryEnter(scoped ref DerReader reader, int number, out DerReader extensions)
    {
        extensions = default;
        return reader.TryReadConstructed(DerTag.ContextConstructed(number), out DerReader wrapper)
            && wrapper.TryReadSequence(out extensions)
            && wrapper.IsEmpty
            && !extensions.IsEmpty;
    }

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

    /// <summary>The contents of a nonce's extnValue: an OCTET STRING of its own, 1 to 128 octets (RFC 9654 2.1).</summary>
    public static bool TryReadNonce(ReadOnlySpan<byte> value, out ReadOnlySpan<byte> nonce)
    {
        var reader = new DerReader(value);
        return reader.TryReadOctetString(out nonce, maxLength: 128) && !nonce.IsEmpty && reader.IsEmpty;
    }
}
