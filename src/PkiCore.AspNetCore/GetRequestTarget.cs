using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace PkiCore.AspNetCore;

/// <summary>
/// Finds the OCSP request in the target of a GET: <c>{url}/{url-encoding of base64 of DER}</c> (RFC 6960 A.1, RFC 9919 6). It works on the raw
/// target, because servers decode every escape but %2F in a path and take slashes of the base64 text for separators.
/// </summary>
/// <remarks>Escapes are decoded once. Tolerated because clients and proxies do it: slashes and plus signs that are not escaped,
/// slashes in front, missing padding, line breaks, the base64url alphabet, a space where a plus sign was.</remarks>
internal static class GetRequestTarget
{
    private static readonly SearchValues<char> s_base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");

    /// <summary>Decodes the request.</summary>
    /// <param name="target">The request target, in origin or absolute form.</param>
    /// <param name="pathBase">Where the application is; empty at the root.</param>
    /// <param name="prefixes">The paths under which requests are answered, without a slash at the end; the empty one last.</param>
    /// <param name="destination">Receives the request; it needs room for the text.</param>
    /// <param name="length">The length of the request.</param>
    /// <returns><see langword="false"/> when the target does not hold base64 text, or too much of it.</returns>
    public static bool TryDecode(ReadOnlySpan<char> target, string pathBase, ReadOnlySpan<string> prefixes, Span<byte> destination, out int length)
    {
        length = 0;
        ReadOnlySpan<char> text = StripPrefix(StripPrefix(StripOrigin(target), [pathBase]), prefixes).TrimStart('/');
        return TryUnescape(text, destination, out int textLength)
            && TryPad(destination, ref textLength)
            && Base64.DecodeFromUtf8InPlace(destination[..textLength], out length) == OperationStatus.Done;
    }

    /// <summary>A proxy may send the absolute form (RFC 9112 3.2.2). A query is not part of the request.</summary>
    private static ReadOnlySpan<char> StripOrigin(ReadOnlySpan<char> target)
    {
        int query = target.IndexOf('?');
        target = query < 0 ? target : target[..query];
        int scheme = target.StartsWith("/", StringComparison.Ordinal) ? -1 : target.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
        {
            return target;
        }

        target = target[(scheme + 3)..];
        int path = target.IndexOf('/');
        return path < 0 ? default : target[path..];
    }

    /// <summary>No base64 text of a SEQUENCE begins like a path: its first letter is M.</summary>
    private static ReadOnlySpan<char> StripPrefix(ReadOnlySpan<char> path, ReadOnlySpan<string> prefixes)
    {
        foreach (string prefix in prefixes)
        {
            if (path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && (path.Length == prefix.Length || path[prefix.Length] == '/'))
            {
                return path[prefix.Length..];
            }
        }

        return path;
    }

    private static bool TryUnescape(ReadOnlySpan<char> text, Span<byte> destination, out int length)
    {
        length = 0;
        while (true)
        {
            // Letters are taken many at a time, as nearly all are plain.
            int plain = text.IndexOfAnyExcept(s_base64);
            plain = plain < 0 ? text.Length : plain;
            if (plain > destination.Length - length)
            {
                return false;
            }

            length += Encoding.ASCII.GetBytes(text[..plain], destination[length..]);
            text = text[plain..];
            if (text.IsEmpty)
            {
                return true;
            }

            int value = text[0];
            text = text[1..];
            if (value == '%')
            {
                if (text.Length < 2 || !char.IsAsciiHexDigit(text[0]) || !char.IsAsciiHexDigit(text[1]))
                {
                    return false;
                }

                value = (FromHex(text[0]) << 4) | FromHex(text[1]);
                text = text[2..];
            }

            if (value is '\r' or '\n' or '\t')
            {
                continue; // wrapped lines
            }

            if (length == destination.Length || value > 0x7F)
            {
                return false;
            }

            destination[length++] = value switch
            {
                '-' => (byte)'+',
                '_' => (byte)'/',
                _ => (byte)value,
            };
        }
    }

    /// <summary>Cuts off spaces and padding and makes the padding what it should be; a space further inside was a plus sign.</summary>
    private static bool TryPad(Span<byte> text, ref int length)
    {
        int end = text[..length].IndexOf((byte)'=');
        if (end >= 0 && text[end..length].ContainsAnyExcept((byte)'=', (byte)' '))
        {
            return false; // or one request would have any number of URLs
        }

        length = text[..(end < 0 ? length : end)].TrimEnd((byte)' ').Length;
        text[..length].Replace((byte)' ', (byte)'+');
        int padding = (4 - (length % 4)) % 4;
        if (length == 0 || padding == 3 || length + padding > text.Length)
        {
            return false;
        }

        text.Slice(length, padding).Fill((byte)'=');
        length += padding;
        return true;
    }

    private static int FromHex(char digit) => char.IsAsciiDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
