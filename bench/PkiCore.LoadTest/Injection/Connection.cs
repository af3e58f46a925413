using System.Net;
using System.Net.Sockets;
using PkiCore.X509;

namespace PkiCore.LoadTest.Injection;

/// <summary>What reading from a connection came to.</summary>
internal enum ReadResult
{
    /// <summary>The reply is not complete yet.</summary>
    Incomplete,

    /// <summary>The reply is complete.</summary>
    Complete,

    /// <summary>The other side closed, or what it sent is no HTTP/1.1 with a Content-Length.</summary>
    Lost,
}

/// <summary>A keep-alive connection: one request at a time, sent whole, and the reply read until it is complete. Used by one thread, never blocks.</summary>
internal sealed class Connection(EndPoint server, int maxRequest) : IDisposable
{
    private const int MaxReply = 64 * 1024;

    private readonly byte[] _buffer = new byte[MaxReply];
    private Socket? _socket;
    private Task? _connecting;
    private int _sent;
    private int _received;
    private HttpReplyHead _head;

    /// <summary>Where a request is written before it is sent.</summary>
    public byte[] Request { get; } = new byte[maxRequest];

    /// <summary>The request that was sent last.</summary>
    public ReadOnlySpan<byte> SentRequest => Request.AsSpan(0, _sent);

    public int Descriptor { get; private set; } = -1;

    public bool IsConnecting => _connecting is not null;

    /// <summary>Whether a request is under way.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>Which one: when it was due, when it was sent, whether it counts, what it asks for.</summary>
    public (long Due, long Sent, bool IsMeasured, SerialNumber Serial) Current { get; private set; }

    public HttpReplyHead Head => _head;

    public ReadOnlySpan<byte> Body => _buffer.AsSpan(_head.Length, _head.ContentLength);

    public int ReplyLength => _head.Length + _head.ContentLength;

    /// <summary>Begins to connect, anew if need be.</summary>
    public void Connect()
    {
        Close();
        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket = socket;
        // Not ConnectAsync: the runtime would watch the socket from then on, and a thread of its own would wake for every answer.
        _connecting = Task.Run(() => socket.Connect(server));
    }

    /// <summary>Whether connecting has ended.</summary>
    /// <param name="fault">Why there is no connection; <see langword="null"/> when there is one.</param>
    public bool TryEndConnect(out string? fault)
    {
        fault = null;
        if (_connecting is not { IsCompleted: true })
        {
            return false;
        }

        fault = _connecting.Exception?.InnerException?.Message;
        _connecting = null;
        if (fault is null)
        {
            _socket!.Blocking = false;
            Descriptor = (int)_socket.Handle;
        }

        return true;
    }

    /// <summary>Sends the first so many bytes of <see cref="Request"/>.</summary>
    /// <returns><see langword="false"/> when the connection is gone: nothing was sent. An idle connection has room for a request.</returns>
    public bool TrySend(int length, long due, long now, bool isMeasured, in SerialNumber serial)
    {
        Current = (due, now, isMeasured, serial);
        (_sent, _received) = (length, 0);
        _head = default;
        IsBusy = _socket!.Send(Request.AsSpan(0, length), SocketFlags.None, out SocketError error) == length && error == SocketError.Success;
        return IsBusy;
    }

    /// <summary>Reads what is there.</summary>
    public ReadResult Read()
    {
        int read = _socket!.Receive(_buffer.AsSpan(_received), SocketFlags.None, out SocketError error);
        if (error == SocketError.WouldBlock)
        {
            return ReadResult.Incomplete;
        }

        _received += read;
        // Nobody has asked anything of an idle connection: whatever it says, it is over.
        if (error != SocketError.Success || read == 0 || !IsBusy || (_head.Length == 0 && !HttpReplyHead.TryParse(_buffer.AsSpan(0, _received), out _head)))
        {
            return ReadResult.Lost;
        }

        if (_head.Length == 0 || _received < ReplyLength)
        {
            return _received < MaxReply && ReplyLength <= MaxReply ? ReadResult.Incomplete : ReadResult.Lost;
        }

        IsBusy = false;
        return _received == ReplyLength ? ReadResult.Complete : ReadResult.Lost;
    }

    public void Close()
    {
        _socket?.Dispose();
        _socket = null;
        _connecting = null;
        Descriptor = -1;
        IsBusy = false;
    }

    public void Dispose() => Close();
}
