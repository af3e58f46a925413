using System.Formats.Asn1;
using PkiCore.Asn1;

namespace PkiCore.Tests.Asn1;

/// <summary>Reads one value by the name of its type: with our reader, and with .NET's decoder as an independent judge.</summary>
internal static class DerTypes
{
    public static bool TryRead(string type, ref DerReader reader) => type switch
    {
        "BOOLEAN" => reader.TryReadBoolean(out _),
        "INTEGER" => reader.TryReadInteger(out _),
        "ENUMERATED" => reader.TryReadEnumerated(out _),
        "BIT STRING" => reader.TryReadBitString(out _, out _),
        "OCTET STRING" => reader.TryReadOctetString(out _),
        "NULL" => reader.TryReadNull(),
        "OBJECT IDENTIFIER" => reader.TryReadObjectIdentifier(out _),
        "GeneralizedTime" => reader.TryReadGeneralizedTime(out _),
        "SEQUENCE" => reader.TryReadSequence(out _),
        _ => reader.TryReadEncoded(out _),
    };

    public static bool Accepts(string type, ReadOnlySpan<byte> encoded)
    {
        var reader = new DerReader(encoded);
        return TryRead(type, ref reader) && reader.IsEmpty;
    }

    public static bool SystemAccepts(string type, ReadOnlySpan<byte> encoded)
    {
        try
        {
            return SystemRead(type, encoded) == encoded.Length;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    /// <summary>The name of the type that a universal, primitive identifier octet stands for; empty for any other.</summary>
    public static string NameOf(byte tag) => tag switch
    {
        DerTag.Boolean => "BOOLEAN",
        DerTag.Integer => "INTEGER",
        DerTag.BitString => "BIT STRING",
        DerTag.OctetString => "OCTET STRING",
        DerTag.Null => "NULL",
        DerTag.ObjectIdentifier => "OBJECT IDENTIFIER",
        DerTag.GeneralizedTime => "GeneralizedTime",
        DerTag.Sequence => "SEQUENCE",
        _ => "",
    };

    private static int SystemRead(string type, ReadOnlySpan<byte> encoded)
    {
        const AsnEncodingRules Der = AsnEncodingRules.DER;
        int consumed;
        switch (type)
        {
            case "BOOLEAN": AsnDecoder.ReadBoolean(encoded, Der, out consumed); break;
            case "INTEGER": AsnDecoder.ReadIntegerBytes(encoded, Der, out consumed); break;
            case "ENUMERATED": AsnDecoder.ReadEnumeratedBytes(encoded, Der, out consumed); break;
            case "BIT STRING": AsnDecoder.ReadBitString(encoded, Der, out _, out consumed); break;
            case "OCTET STRING": AsnDecoder.ReadOctetString(encoded, Der, out consumed); break;
            case "NULL": AsnDecoder.ReadNull(encoded, Der, out consumed); break;
            case "OBJECT IDENTIFIER": AsnDecoder.ReadObjectIdentifier(encoded, Der, out consumed); break;
            case "GeneralizedTime": AsnDecoder.ReadGeneralizedTime(encoded, Der, out consumed); break;
            case "SEQUENCE": AsnDecoder.ReadSequence(encoded, Der, out _, out _, out consumed); break;
            default: AsnDecoder.ReadEncodedValue(encoded, Der, out _, out _, out consumed); break;
        }

        return consumed;
    }
}
