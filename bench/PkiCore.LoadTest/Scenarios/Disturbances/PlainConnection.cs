using System.Net;
using System.Net.Sockets;

namespace PkiCore.LoadTest.Scenarios.Disturbances;

/// <summary>
/// Connections to a host for which blocking is good enough. .NET's asynchronous ones would be watched by a thread that wakes for everything that comes.
/// </summary>
internal static class PlainConnection
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public static Socket Open(Uri host)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            SendTimeout = (int)s_patience.TotalMilliseconds,
            ReceiveTimeout = (int)s_patience.TotalMilliseconds,
            LingerState = new LingerOption(enable: true, seconds: 0), // closed at once: ten thousand ports would be waiting for a minute
        };
        try
        {
            socket.Connect(IPAddress.Loopback, host.Port);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Whether the other side has neither closed it nor said anything.</summary>
    public static bool IsOpenAndSilent(Socket socket) => !socket.Poll(TimeSpan.Zero, SelectMode.SelectRead);
}
