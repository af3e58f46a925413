namespace PkiCore.Asn1;

/// <summary>Identifier octets (X.690 8.1.2) of the types that certificates, OCSP and CRLs use.</summary>
public static class DerTag
{
    /// <summary>BOOLEAN.</summary>
    public const byte Boolean = 0x01;

    /// <summary>INTEGER.</summary>
#pragma warning disable CA1720 // Identifier contains type name: it is the ASN.1 type's name
    public const byte Integer = 0x02;
#pragma warning restore CA1720

    /// <summary>BIT STRING, primitive.</summary>
    public const byte BitString = 0x03;

    /// <summary>OCTET STRING, primitive.</summary>
    public const byte OctetString = 0x04;

    /// <summary>NULL.</summary>
    public const byte Null = 0x05;

    /// <summary>OBJECT IDENTIFIER.</summary>
    public const byte ObjectIdentifier = 0x06;

    /// <summary>ENUMERATED.</summary>
    public const byte Enumerated = 0x0A;

    /// <summary>UTCTime.</summary>
    public const byte UtcTime = 0x17;

    /// <summary>GeneralizedTime.</summary>
    public const byte GeneralizedTime = 0x18;

    /// <summary>SEQUENCE and SEQUENCE OF.</summary>
    public const byte Sequence = 0x30;

    /// <summary>SET and SET OF.</summary>
    internal const byte Set = 0x31;

    /// <summary>A context-specific primitive tag, such as <c>[0] IMPLICIT NULL</c>.</summary>
    /// <param name="number">0 to 30.</param>
    public static byte Context(int number) => (byte)(0x80 | number);

    /// <summary>A context-specific constructed tag, such as any <c>[0] EXPLICIT</c>.</summary>
    /// <param name="number">0 to 30.</param>
    public static byte ContextConstructed(int number) => (byte)(0xA0 | number);
}
