using PkiCore.Asn1;
using PkiCore.Ocsp;

namespace PkiCore.Fuzz.Oracles;

/// <summary>Writes a request from its parsed view: the CertIDs and the nonce.</summary>
internal static class RequestEncoder
{
    public static byte[] Encode(OcspRequest request)
    {
        byte[] list = [];
        foreach (CertId certId in request)
        {
            byte[] contents = [.. certId.Prefix, .. Wrap(DerTag.Integer, certId.SerialNumber)];
            list = [.. list, .. Wrap(DerTag.Sequence, Wrap(DerTag.Sequence, contents))];
        }

        byte[] extensions = request.Nonce.IsEmpty ? [] : Wrap(DerTag.ContextConstructed(2), Wrap(DerTag.Sequence, Nonce(request.Nonce)));
        return Wrap(DerTag.Sequence, Wrap(DerTag.Sequence, [.. Wrap(DerTag.Sequence, list), .. extensions]));
    }

    public static byte[] Wrap(byte tag, ReadOnlySpan<byte> contents)
    {
        byte[] encoded = new byte[DerWriter.GetEncodedLength(contents.Length)];
        new DerWriter(encoded).Write(tag, contents);
        return encoded;
    }

    private static byte[] Nonce(ReadOnlySpan<byte> nonce)
    {
        byte[] value = Wrap(DerTag.OctetString, Wrap(DerTag.OctetString, nonce));
        return Wrap(DerTag.Sequence, [.. Wrap(DerTag.ObjectIdentifier, ObjectIdentifiers.OcspNonce), .. value]);
    }
}
