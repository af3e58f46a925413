using PkiCore.X509;

namespace PkiCore.Galera;

/// <summary>How serial numbers stand in VARBINARY(20): the magnitude, big-endian, without zero octets in front; zero is one zero octet. Negative ones cannot be kept.</summary>
internal static class SerialColumn
{
    /// <summary>The value for the column.</summary>
    /// <returns><see langword="null"/> for a negative number, which RFC 5280 4.1.2.2 forbids.</returns>
    public static byte[]? TryWrite(SerialNumber serial)
    {
        Span<byte> contents = stackalloc byte[SerialNumber.MaxLength];
        contents = contents[..serial.CopyTo(contents)];
        return contents is [>= 0x80, ..] or [] ? null : contents is [0, _, ..] ? contents[1..].ToArray() : contents.ToArray();
    }

    /// <summary>Takes the value of the column.</summary>
    /// <param name="value">The value, behind one octet of room, which is overwritten.</param>
    /// <param name="serial">The number.</param>
    public static bool TryRead(Span<byte> value, out SerialNumber serial)
    {
        value[0] = 0;
        serial = default;
        bool isMagnitude = value is [_, 0] or [_, not 0, ..];
        bool needsZero = value is [_, >= 0x80, ..];
        return isMagnitude && SerialNumber.TryCreate(needsZero ? value : value[1..], out serial);
    }
}
