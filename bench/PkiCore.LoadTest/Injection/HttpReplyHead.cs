using System.Buffers.Text;

namespace PkiCore.LoadTest.Injection;

/// <summary>What matters of the head of an HTTP/1.1 reply.</summary>
/// <param name="Length">The length of the head with its blank line; 0 when it is not complete yet.</param>
/// <param name="Status">The status code.</param>
/// <param name="ContentLength">The length of the body.</param>
/// <param name="Closes">Whether the server closes the connection after it.</param>
internal readonly record struct HttpReplyHead(int Length, int Status, int ContentLength, bool Closes)
{
    /// <summary>Reads a head, or finds that its end is still to come.</summary>
    /// <returns><see langword="false"/> when it is no reply of HTTP/1.1 with a Content-Length.</returns>
    public static bool TryParse(ReadOnlySpan<byte> received, out HttpReplyHead head)
    {
        head = default;
        int end = received.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return true;
        }

        ReadOnlySpan<byte> lines = received[..(end + 2)];
        if (!lines.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(lines[9..], out int status, out int digits) || digits != 3)
        {
            return false;
        }

        int contentLength = -1;
        bool closes = false;
        for (int next = lines.IndexOf("\r\n"u8) + 2; next < lines.Length;)
        {
            ReadOnlySpan<byte> line = lines[next..];
            line = line[..line.IndexOf("\r\n"u8)];
            next += line.Length + 2;
            if (TryGetValue(line, "content-length:"u8, out ReadOnlySpan<byte> value))
            {
                if (!Utf8Parser.TryParse(value, out contentLength, out int used) || used != value.Length || contentLength < 0)
                {
                    return false;
                }
            }
            else if (TryGetValue(line, "connection:"u8, out value))
            {
                closes |= System.Text.Ascii.EqualsIgnoreCase(value, "close"u8);
            }
        }

        head = new HttpReplyHead(end + 4, status, contentLength, closes);
        return contentLength >= 0;
    }

    private static bool TryGetValue(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        bool isIt = line.Length >= name.Length && System.Text.Ascii.EqualsIgnoreCase(line[..name.Length], name);
        value = isIt ? System.Text.Ascii.Trim(line[name.Length..]) is var range ? line[name.Length..][range] : default : default;
        return isIt;
    }
}
