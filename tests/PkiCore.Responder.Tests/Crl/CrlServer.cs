using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace PkiCore.Responder.Tests.Crl;

/// <summary>Files by path, over HTTP on loopback.</summary>
internal sealed class CrlServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Thread _thread;
    private int _asked;

    public CrlServer()
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Url = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
        }

        _listener.Prefixes.Add(Url + "/");
        _listener.Start();
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    public ConcurrentDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    public string Url { get; }

    /// <summary>How many requests there were.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public void Dispose()
    {
        _listener.Close();
        _thread.Join();
    }

    private void Serve()
    {
        try
        {
            while (true)
            {
                HttpListenerContext context = _listener.GetContext();
                Interlocked.Increment(ref _asked);
                bool found = Files.TryGetValue(context.Request.Url!.AbsolutePath, out byte[]? file);
                context.Response.StatusCode = found ? 200 : 404;
                context.Response.ContentType = "application/pkix-crl";
                context.Response.Close(file ?? [], willBlock: true);
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // closed
        }
    }
}
