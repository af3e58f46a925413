using System.Net;
using System.Net.Sockets;

namespace PkiCore.Galera.Tests.MariaDb;

/// <summary>Stands before a server and hands bytes on, until it is told to keep them: connections stay open, and nothing comes.</summary>
internal sealed class FreezingRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly int _target;
    private readonly Task _accepting;
    private volatile bool _frozen;

    internal FreezingRelay(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    internal void Freeze() => _frozen = true;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var relays = new List<Task>();
        try
        {
            while (true)
            {
                relays.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
            }
        }
        finally
        {
            await Task.WhenAll(relays).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using TcpClient owned = client;
        using var server = new TcpClient();
        await server.ConnectAsync(IPAddress.Loopback, _target, _end.Token);
        await Task.WhenAny(CopyAsync(client.GetStream(), server.GetStream()), CopyAsync(server.GetStream(), client.GetStream()));
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        byte[] buffer = new byte[16384];
        int count;
        while ((count = await from.ReadAsync(buffer, _end.Token)) > 0)
        {
            if (_frozen)
            {
                await Task.Delay(Timeout.Infinite, _end.Token);
            }

            await to.WriteAsync(buffer.AsMemory(0, count), _end.Token);
        }
    }
}
