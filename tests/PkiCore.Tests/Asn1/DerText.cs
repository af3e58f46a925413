using System.Globalization;
using PkiCore.Asn1;

namespace PkiCore.Tests.Asn1;

/// <summary>
/// DER for test rows: hexadecimal, blanks ignored, in which <c>30(...)</c> is a tag whose length is counted.
/// A length that is to be wrong is written out.
/// </summary>
internal static class DerText
{
    public static byte[] Parse(string text)
    {
        int position = 0;
        byte[] result = ParseContents(text, ref position);
        return position == text.Length ? result : throw new FormatException($"Unmatched ) at {position} of {text}");
    }

    /// <summary>A value of these contents.</summary>
    public static byte[] Value(byte tag, params ReadOnlySpan<byte> contents)
    {
        byte[] encoded = new byte[DerWriter.GetEncodedLength(contents.Length)];
        new DerWriter(encoded).Write(tag, contents);
        return encoded;
    }

    public static byte[] Sequence(params ReadOnlySpan<byte[]> parts)
    {
        var contents = new List<byte>();
        foreach (byte[] part in parts)
        {
            contents.AddRange(part);
        }

        return Value(DerTag.Sequence, [.. contents]);
    }

    private static byte[] ParseContents(string text, ref int position)
    {
        var bytes = new List<byte>();
        while (position < text.Length && text[position] != ')')
        {
            if (text[position] == ' ')
            {
                position++;
            }
            else if (text[position] == '(')
            {
                position++;
                byte[] inside = ParseContents(text, ref position);
                position++; // the )
                byte tag = bytes[^1];
                bytes.RemoveAt(bytes.Count - 1);
                bytes.AddRange(Value(tag, inside));
            }
            else
            {
                bytes.Add(byte.Parse(text.AsSpan(position, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                position += 2;
            }
        }

        return [.. bytes];
    }
}
