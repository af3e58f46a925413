using System.Buffers.Binary;

namespace PkiCore.Asn1;

/// <summary>
/// Writes DER forward into a caller's span. Lengths are known before writing: a caller adds up
/// <see cref="GetEncodedLength"/> from the inside out, then writes headers and contents in order, so nothing is ever moved.
/// </summary>
/// <remarks>Every method throws <see cref="ArgumentException"/> when the span is too short. Nothing is allocated.</remarks>
public ref struct DerWriter
{
    private readonly Span<byte> _destination;

    /// <summary>Starts at the first byte of <paramref name="destination"/>.</summary>
    public DerWriter(Span<byte> destination) => _destination = destination;

    /// <summary>How many bytes have been written.</summary>
    public int Written { readonly get; private set; }

    /// <summary>The length of a whole value, tag and length octets included.</summary>
    /// <param name="contentsLength">The length of its contents octets.</param>
    public static int GetEncodedLength(int contentsLength) => contentsLength switch
    {
        < 0x80 => 2 + contentsLength,
        <= 0xFF => 3 + contentsLength,
        <= 0xFFFF => 4 + contentsLength,
        <= 0xFF_FFFF => 5 + contentsLength,
        _ => checked(6 + contentsLength),
    };

    /// <summary>Writes an identifier octet and the length of the contents that the caller writes next.</summary>
    public void WriteHeader(byte tag, int contentsLength)
    {
        int headerLength = GetEncodedLength(contentsLength) - contentsLength;
        Span<byte> header = _destination.Slice(Written, headerLength);
        header[0] = tag;
        if (contentsLength < 0x80)
        {
            header[1] = (byte)contentsLength;
        }
        else
        {
            int octets = headerLength - 2;
            Span<byte> bigEndian = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(bigEndian, contentsLength);
            header[1] = (byte)(0x80 | octets);
            bigEndian[(4 - octets)..].CopyTo(header[2..]);
        }

        Written += headerLength;
    }

    /// <summary>Writes a value with these contents octets.</summary>
    public void Write(byte tag, scoped ReadOnlySpan<byte> contents)
    {
        WriteHeader(tag, contents.Length);
        WriteEncoded(contents);
    }

    /// <summary>Copies bytes that are already encoded.</summary>
    public void WriteEncoded(scoped ReadOnlySpan<byte> encoded)
    {
        encoded.CopyTo(_destination[Written..]);
        Written += encoded.Length;
    }

    /// <summary>Writes an INTEGER.</summary>
    /// <param name="contents">Two's complement, big-endian, minimal, as <see cref="DerReader.TryReadInteger"/> returns it.</param>
    public void WriteInteger(scoped ReadOnlySpan<byte> contents) => Write(DerTag.Integer, contents);

    /// <summary>Writes an ENUMERATED.</summary>
    /// <param name="value">0 to 127.</param>
    public void WriteEnumerated(int value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)value, 127u, nameof(value));
        Write(DerTag.Enumerated, [(byte)value]);
    }

    /// <summary>Writes a BOOLEAN.</summary>
    public void WriteBoolean(bool value) => Write(DerTag.Boolean, value ? [0xFF] : [0x00]);

    /// <summary>Writes a NULL.</summary>
    public void WriteNull() => WriteHeader(DerTag.Null, 0);

    /// <summary>Writes an OBJECT IDENTIFIER.</summary>
    /// <param name="contents">The encoded subidentifiers.</param>
    public void WriteObjectIdentifier(scoped ReadOnlySpan<byte> contents) => Write(DerTag.ObjectIdentifier, contents);

    /// <summary>Writes an OCTET STRING.</summary>
    public void WriteOctetString(scoped ReadOnlySpan<byte> contents) => Write(DerTag.OctetString, contents);

    /// <summary>Writes a BIT STRING without unused bits, such as a signature.</summary>
    public void WriteBitString(scoped ReadOnlySpan<byte> bits)
    {
        WriteHeader(DerTag.BitString, bits.Length + 1);
        WriteEncoded([0]); // unused bits
        WriteEncoded(bits);
    }

    /// <summary>Writes a GeneralizedTime <c>YYYYMMDDHHMMSSZ</c>; a fraction of a second is cut off.</summary>
    public void WriteGeneralizedTime(DateTimeOffset value)
    {
        WriteHeader(DerTag.GeneralizedTime, DerTime.Length);
        DerTime.Format(value, _destination.Slice(Written, DerTime.Length));
        Written += DerTime.Length;
    }

    /// <summary>Writes a Time as certificates and CRLs have it: UTCTime through 2049, GeneralizedTime from 2050 (RFC 5280 5.1.2.4); a fraction of a second is cut off.</summary>
    public void WriteTime(DateTimeOffset value)
    {
        if (!DerTime.IsUtcTime(value))
        {
            WriteGeneralizedTime(value);
            return;
        }

        Span<byte> text = stackalloc byte[DerTime.Length];
        DerTime.Format(value, text);
        Write(DerTag.UtcTime, text[^DerTime.UtcLength..]);
    }
}
