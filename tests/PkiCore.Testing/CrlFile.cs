using System.Buffers.Binary;
using System.Security.Cryptography;
using PkiCore.Asn1;

namespace PkiCore.Testing;

/// <summary>CRLs to publish: well-formed, of any length, with times and a signature that nobody verifies.</summary>
public static class CrlFile
{
    private const int SerialLength = 8;

    private static readonly DateTimeOffset s_revoked = new(2025, 6, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly byte[] s_algorithm = Convert.FromHexString("300A06082A8648CE3D040302"); // ecdsa-with-SHA256
    private static readonly byte[] s_name = Convert.FromHexString("300D310B3009060355040313025465"); // CN=Te
    private static readonly byte[] s_number = Convert.FromHexString("A00E300C300A0603551D140403020101"); // [0] cRLNumber 1

    /// <param name="thisUpdate">When it was issued.</param>
    /// <param name="nextUpdate">When it expires.</param>
    /// <param name="seed">Another one is another signature.</param>
    /// <param name="entries">How many certificates are revoked.</param>
    public static byte[] Encode(DateTimeOffset thisUpdate, DateTimeOffset? nextUpdate, int seed = 1, int entries = 3)
    {
        var content = new MemoryStream();
        for (int i = 0; i < entries; i++)
        {
            content.Write(Entry(i));
        }

        (byte[] head, byte[] tail) = Frame(thisUpdate, nextUpdate, seed, content.Length);
        return [.. head, .. content.ToArray(), .. tail];
    }

    /// <summary>Writes a CRL whose entries are a hole in the file: it has the length, but takes no space.</summary>
    /// <returns>The bytes behind the hole.</returns>
    public static byte[] WriteSparse(string path, DateTimeOffset thisUpdate, DateTimeOffset? nextUpdate, long entriesLength)
    {
        (byte[] head, byte[] tail) = Frame(thisUpdate, nextUpdate, 1, entriesLength);
        using FileStream file = File.Create(path);
        file.Write(head);
        file.Position = head.Length + entriesLength;
        file.Write(tail);
        return tail;
    }

    private static byte[] Entry(int index)
    {
        Span<byte> serial = stackalloc byte[SerialLength];
        BinaryPrimitives.WriteInt64BigEndian(serial, 0x1000_0000_0000_0000 + index);
        return Sequence([.. Value(DerTag.Integer, serial.ToArray()), .. Time(s_revoked)]);
    }

    /// <summary>What stands before the entries, and what behind them.</summary>
    private static (byte[] Head, byte[] Tail) Frame(DateTimeOffset thisUpdate, DateTimeOffset? nextUpdate, int seed, long entriesLength)
    {
        byte[] signature = SHA512.HashData(BitConverter.GetBytes(seed));
        byte[] end = [.. s_algorithm, .. Value(DerTag.BitString, [0, .. signature])];
        byte[] times = [.. Time(thisUpdate), .. nextUpdate is { } next ? Time(next) : []];
        byte[] entries = entriesLength == 0 ? [] : Header(DerTag.Sequence, entriesLength);
        byte[] start = [.. Value(DerTag.Integer, [1]), .. s_algorithm, .. s_name, .. times, .. entries];
        long tbsLength = start.Length + entriesLength + s_number.Length;
        byte[] tbs = Header(DerTag.Sequence, tbsLength);
        return ([.. Header(DerTag.Sequence, tbs.Length + tbsLength + end.Length), .. tbs, .. start], [.. s_number, .. end]);
    }

    private static byte[] Time(DateTimeOffset value)
    {
        byte[] buffer = new byte[32];
        var writer = new DerWriter(buffer);
        writer.WriteTime(value);
        return buffer[..writer.Written];
    }

    private static byte[] Sequence(byte[] content) => Value(DerTag.Sequence, content);

    private static byte[] Value(byte tag, byte[] content) => [.. Header(tag, content.Length), .. content];

    /// <summary>Longer than DerWriter has it: over 2 GiB.</summary>
    private static byte[] Header(byte tag, long length)
    {
        if (length < 0x80)
        {
            return [tag, (byte)length];
        }

        byte[] octets = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(octets, length);
        byte[] minimal = [.. octets.SkipWhile(octet => octet == 0)];
        return [tag, (byte)(0x80 | minimal.Length), .. minimal];
    }
}
