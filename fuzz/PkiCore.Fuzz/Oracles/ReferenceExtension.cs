using System.Formats.Asn1;

namespace PkiCore.Fuzz.Oracles;

/// <summary>An Extension, read with <see cref="AsnReader"/>.</summary>
internal sealed record ReferenceExtension(string Oid, bool Critical, byte[] Value)
{
    // 1.3.6.1.5.5.7.48.1.x, contents octets in hexadecimal
    public const string Basic = "2B0601050507300101";
    public const string Nonce = "2B0601050507300102";
    public const string AcceptableResponses = "2B0601050507300104";
    public const string ServiceLocator = "2B0601050507300107";
    public const string PreferredAlgorithms = "2B0601050507300108";
    public const string ExtendedRevoke = "2B0601050507300109";

    /// <summary>[number] EXPLICIT Extensions: one or more.</summary>
    public static List<ReferenceExtension> ReadAll(AsnReader reader, int number)
    {
        AsnReader wrapper = reader.ReadContext(number);
        AsnReader list = wrapper.ReadSequence();
        AsnReaderExtensions.Check(!wrapper.HasData && list.HasData);
        var extensions = new List<ReferenceExtension>();
        while (list.HasData)
        {
            extensions.Add(ReadOne(list.ReadSequence()));
        }

        return extensions;
    }

    /// <summary>RFC 9654 2.1: 1 to 128 octets.</summary>
    public byte[] ReadNonce()
    {
        var reader = new AsnReader(Value, AsnEncodingRules.DER);
        byte[] nonce = reader.ReadOctetString();
        AsnReaderExtensions.Check(nonce.Length is >= 1 and <= 128 && !reader.HasData);
        return nonce;
    }

    public bool ReadAcceptsBasic()
    {
        var reader = new AsnReader(Value, AsnEncodingRules.DER);
        AsnReader types = reader.ReadSequence();
        AsnReaderExtensions.Check(!reader.HasData);
        bool found = false;
        while (types.HasData)
        {
            found |= Convert.ToHexString(types.ReadObjectIdentifierContents()) == Basic;
        }

        return found;
    }

    private static ReferenceExtension ReadOne(AsnReader extension)
    {
        string oid = Convert.ToHexString(extension.ReadObjectIdentifierContents());
        bool critical = extension.NextIs(Asn1Tag.Boolean);
        AsnReaderExtensions.Check(!critical || extension.ReadBoolean()); // X.690 11.5: FALSE is left out
        byte[] value = extension.ReadOctetString();
        AsnReaderExtensions.Check(!extension.HasData);
        return new ReferenceExtension(oid, critical, value);
    }
}
