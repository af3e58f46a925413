using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using PkiCore.Testing.MariaDb;

namespace PkiCore.Galera.Tests.MariaDb;

/// <summary>How far a <see cref="FakeServer"/> goes; then it hangs.</summary>
internal enum FakeStage
{
    /// <summary>Accepts, and says nothing.</summary>
    Accept,

    /// <summary>Greets, with TLS on offer.</summary>
    Greeting,

    /// <summary>Greets, and says that it has no TLS.</summary>
    PlainGreeting,

    /// <summary>Completes the TLS handshake and reads the login.</summary>
    Tls,

    /// <summary>Lets the client in.</summary>
    Login,

    /// <summary>Answers every statement with the demand for a file of the client's.</summary>
    Infile,

    /// <summary>Greets, and asks for the password by a plug-in that sends it as it is.</summary>
    ClearPassword,

    /// <summary>Answers a prepared statement with a column of a type that does not exist.</summary>
    UnknownType,

    /// <summary>Answers a prepared statement with a value of 2 GiB, of which it sends nothing.</summary>
    HugeValue,
}

/// <summary>Speaks the beginning of the protocol, and keeps what clients send.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    internal const string WantedFile = "/etc/passwd";

    private const int SslRequestLength = 36;
    private const uint Ssl = 0x800;
    private const uint Capabilities = 0x1 | 0x8 | 0x80 | 0x200 | 0x2000 | 0x8000 | 0x80000 | 0x200000;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly MemoryStream _received = new();
    private readonly FakeStage _stage;
    private readonly MariaDbCertificates _certificates;
    private readonly Task _accepting;
    private int _connections;

    internal FakeServer(FakeStage stage, MariaDbCertificates certificates)
    {
        _stage = stage;
        _certificates = certificates;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    internal int Connections => Volatile.Read(ref _connections);

    /// <summary>What clients sent, out of TLS where there is TLS.</summary>
    internal string Received
    {
        get
        {
            lock (_received)
            {
                return Encoding.Latin1.GetString(_received.ToArray());
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_end.Token);
                Interlocked.Increment(ref _connections);
                serving.Add(ServeAsync(client));
            }
        }
        finally
        {
            await Task.WhenAll(serving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using TcpClient owned = client;
        Stream stream = client.GetStream();
        if (_stage != FakeStage.Accept)
        {
            await SendAsync(stream, 0, Greeting());
            // The client sends its hello right behind, which is for the TLS stream.
            await ReceiveAsync(stream, SslRequestLength);
            if (_stage is not (FakeStage.Greeting or FakeStage.PlainGreeting))
            {
                stream = await SecureAsync(stream);
                await ReceiveAsync(stream);
                await AfterLoginAsync(stream);
            }
        }

        // Hangs until the client goes, and keeps what it still sends.
        while (await ReceiveAsync(stream) > 0)
        {
        }
    }

    private async Task AfterLoginAsync(Stream stream)
    {
        switch (_stage)
        {
            case FakeStage.Login:
                await SendAsync(stream, 3, Ok());
                break;
            case FakeStage.ClearPassword:
                await SendAsync(stream, 3, [0xfe, .. "mysql_clear_password\0"u8]);
                break;
            case FakeStage.UnknownType or FakeStage.HugeValue:
                await SendAsync(stream, 3, Ok());
                while (await ReceivePacketAsync(stream) is { Length: > 4 } packet)
                {
                    await FakeResult.SendAsync((sequence, payload) => SendAsync(stream, sequence, payload), packet[4], _stage);
                }

                break;
            case FakeStage.Infile:
                await SendAsync(stream, 3, Ok());
                while (await ReceiveAsync(stream) > 0)
                {
                    await SendAsync(stream, 1, [0xfb, .. Encoding.ASCII.GetBytes(WantedFile)]);
                }

                break;
        }
    }

    private async Task<SslStream> SecureAsync(Stream stream)
    {
        using X509Certificate2 pem = X509Certificate2.CreateFromPemFile(_certificates.ServerCertificateFile, _certificates.ServerKeyFile);
        var secure = new SslStream(stream);
        await secure.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null) }, _end.Token);
        return secure;
    }

    private async Task<byte[]> ReceivePacketAsync(Stream stream)
    {
        byte[] buffer = new byte[4096];
        int count = await stream.ReadAsync(buffer, _end.Token);
        return buffer[..count];
    }

    private async Task<int> ReceiveAsync(Stream stream, int most = 4096)
    {
        byte[] buffer = new byte[most];
        int count = await stream.ReadAsync(buffer, _end.Token);
        lock (_received)
        {
            _received.Write(buffer, 0, count);
        }

        return count;
    }

    private async Task SendAsync(Stream stream, byte sequence, byte[] payload) =>
        await stream.WriteAsync(new byte[] { (byte)payload.Length, (byte)(payload.Length >> 8), 0, sequence }.Concat(payload).ToArray(), _end.Token);

    private static byte[] Ok() => [0, 0, 0, 2, 0, 0, 0];

    private byte[] Greeting()
    {
        uint capabilities = Capabilities | (_stage == FakeStage.PlainGreeting ? 0 : Ssl);
        return
        [
            10, .. "5.5.5-10.11.6-MariaDB\0"u8, 1, 0, 0, 0, .. "abcdefgh\0"u8, (byte)capabilities, (byte)(capabilities >> 8), 45, 2, 0,
            (byte)(capabilities >> 16), (byte)(capabilities >> 24), 21, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. "ijklmnopqrst\0"u8, .. "mysql_native_password\0"u8,
        ];
    }
}
