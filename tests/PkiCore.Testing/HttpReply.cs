using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PkiCore.Testing;

/// <summary>A reply of an HTTP server, byte for byte as it came: nothing is unpacked, joined or corrected.</summary>
public sealed class HttpReply
{
    private readonly List<KeyValuePair<string, string>> _headers;

    private HttpReply(string statusLine, List<KeyValuePair<string, string>> headers, byte[] body)
    {
        StatusLine = statusLine;
        _headers = headers;
        Body = body;
    }

    public string StatusLine { get; }

    public int Status => int.Parse(StatusLine.Split(' ')[1], CultureInfo.InvariantCulture);

    public byte[] Body { get; }

    /// <summary>The value of a header that must not be there twice; null when it is not there.</summary>
    public string? this[string name] => _headers.SingleOrDefault(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    public IEnumerable<string> HeaderNames => _headers.Select(header => header.Key);

    /// <summary>Parses a reply up to the end of the connection or of the output of <c>curl -i</c>.</summary>
    public static HttpReply Parse(ReadOnlySpan<byte> received)
    {
        int end = received.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            throw new InvalidDataException($"No HTTP reply: '{Encoding.Latin1.GetString(received)}'");
        }

        string[] lines = Encoding.Latin1.GetString(received[..end]).Split("\r\n");
        var headers = lines[1..].Select(line => line.Split(": ", 2)).Select(parts => KeyValuePair.Create(parts[0], parts[1])).ToList();
        return new HttpReply(lines[0], headers, received[(end + 4)..].ToArray());
    }

    public override string ToString() => $"{StatusLine}\n{string.Join('\n', _headers.Select(header => $"{header.Key}: {header.Value}"))}\n({Body.Length} bytes)";
}

/// <summary>Sends bytes to an HTTP server as no well-behaved client would.</summary>
public static class RawHttp
{
    /// <summary>Sends a request and reads to the end of the connection, which the request should ask for.</summary>
    public static async Task<HttpReply> SendAsync(Uri server, byte[] request, CancellationToken cancellationToken) =>
        HttpReply.Parse(await ExchangeAsync(server, request, cancellationToken));

    public static Task<HttpReply> SendAsync(Uri server, string request, CancellationToken cancellationToken) =>
        SendAsync(server, Encoding.Latin1.GetBytes(request), cancellationToken);

    /// <summary>A GET with this target, character for character.</summary>
    public static Task<HttpReply> GetAsync(Uri server, string target, CancellationToken cancellationToken) =>
        SendAsync(server, $"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", cancellationToken);

    public static async Task<byte[]> ExchangeAsync(Uri server, byte[] request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Port, cancellationToken);
        NetworkStream stream = client.GetStream();
        using var received = new MemoryStream();
        try
        {
            await stream.WriteAsync(request, cancellationToken);
            await stream.CopyToAsync(received, cancellationToken);
        }
        catch (IOException)
        {
            // The server closed while we were still sending; what it said before that counts.
        }

        return received.ToArray();
    }
}
