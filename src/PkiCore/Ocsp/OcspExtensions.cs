using PkiCore.Asn1;

namespace PkiCore.Ocsp;

/// <summary>Extensions as requests and responses have them.</summary>
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

    /// <summary>The contents of a nonce's extnValue: an OCTET STRING of its own, 1 to 128 octets (RFC 9654 2.1).</summary>
    public static bool TryReadNonce(ReadOnlySpan<byte> value, out ReadOnlySpan<byte> nonce)
    {
        var reader = new DerReader(value);
        return reader.TryReadOctetString(out nonce, maxLength: 128) && !nonce.IsEmpty && reader.IsEmpty;
    }
}
