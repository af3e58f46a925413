using System.Net.Sockets;
using PkiCore.LoadTest.Injection;
using PkiCore.Ocsp;
using PkiCore.X509;

namespace PkiCore.LoadTest.Scenarios.Disturbances;

/// <summary>Single OCSP requests, one after the other.</summary>
internal sealed class PlainRequests(Uri host, Issuer issuer)
{
    private const int MaxReply = 16 * 1024;

    private readonly RequestTemplates _templates = new(host, issuer, CertIdHash.Sha1);
    private readonly byte[] _buffer = new byte[MaxReply];

    /// <summary>Asks by POST.</summary>
    /// <exception cref="IOException">There is no whole answer.</exception>
    public OcspResponse Ask(Socket connection, in SerialNumber serial)
    {
        connection.Send(_buffer.AsSpan(0, _templates.WritePost(serial, _buffer)));
        int received = 0;
        HttpReplyHead head = default;
        while (head.Length == 0 || received < head.Length + head.ContentLength)
        {
            int read = connection.Receive(_buffer.AsSpan(received));
            received += read;
            if (read == 0 || !HttpReplyHead.TryParse(_buffer.AsSpan(0, received), out head) || head.Length + head.ContentLength > MaxReply)
            {
                throw new IOException("The host closed the connection, or what it said is no HTTP/1.1.");
            }
        }

        return OcspResponse.Parse(_buffer.AsSpan(head.Length, head.ContentLength)) ?? throw new IOException($"HTTP {head.Status} without an OCSP response.");
    }
}
