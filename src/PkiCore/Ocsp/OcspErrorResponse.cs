namespace PkiCore.Ocsp;

/// <summary>The five-byte, unsigned response of every status but successful (RFC 6960 4.2.1).</summary>
internal static class OcspErrorResponse
{
    public const int Length = 5;

    public static int Write(OcspResponseStatus status, Span<byte> destination)
    {
        ReadOnlySpan<byte> response = [0x30, 0x03, 0x0A, 0x01, (byte)status];
        response.CopyTo(destination);
        return Length;
    }
}
