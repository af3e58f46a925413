using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PkiCore.Responder.Tests.LoadTest;

/// <summary>
/// Answers GET on keep-alive connections, each on a thread of its own. It does not look at the request: a function says what to answer to the
/// first, second, ... request of all; <see langword="null"/> closes the connection.
/// </summary>
internal sealed class TinyServer : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<long, byte[]?> _answer;
    private readonly bool _closesAfterAnswer;
    private readonly List<Socket> _accepted = [];
    private readonly List<Thread> _threads = [];
    private long _requests;

    /// <param name="answer">What to answer.</param>
    /// <param name="closesAfterAnswer">Whether it closes each connection after its first answer, without a word.</param>
    public TinyServer(Func<long, byte[]?> answer, bool closesAfterAnswer = false)
    {
        (_answer, _closesAfterAnswer) = (answer, closesAfterAnswer);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(backlog: 100);
        Url = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}/");
        Start(Accept);
    }

    public Uri Url { get; }

    public static byte[] Reply(ReadOnlySpan<byte> body, string status = "200 OK") =>
        [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status}\r\nContent-Length: {body.Length}\r\n\r\n")), .. body];

    public void Dispose()
    {
        _listener.Dispose();
        _threads[0].Join(); // no connection is added any more
        _accepted.ForEach(socket => socket.Dispose());
        _threads.ForEach(thread => thread.Join());
    }

    private void Start(Action run)
    {
        var thread = new Thread(() => Run(run)) { IsBackground = true };
        _threads.Add(thread);
        thread.Start();
    }

    private static void Run(Action run)
    {
        try
        {
            run();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // either side has closed, or the test is called off
        }
    }

    private void Accept()
    {
        while (true)
        {
            Socket socket = _listener.Accept();
            socket.NoDelay = true;
            _accepted.Add(socket);
            Start(() => Serve(socket));
        }
    }

    private void Serve(Socket socket)
    {
        byte[] buffer = new byte[4096];
        int filled = 0;
        while (socket.Receive(buffer.AsSpan(filled)) is > 0 and int read)
        {
            filled += read;
            if (!buffer.AsSpan(0, filled).EndsWith("\r\n\r\n"u8))
            {
                continue;
            }

            filled = 0;
            if (_answer(Interlocked.Increment(ref _requests)) is not { } reply)
            {
                break;
            }

            socket.Send(reply);
            if (_closesAfterAnswer)
            {
                break;
            }
        }

        socket.Close();
    }
}
