using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PkiCore.Galera.Tests.Crls;

/// <summary>Serves the files of a folder over HTTP.</summary>
internal sealed class FolderServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly string _folder;

    public FolderServer(string folder)
    {
        _folder = folder;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/");
        }

        _listener.Prefixes.Add(Url);
        _listener.Start();
        _ = Task.Run(ServeAsync);
    }

    public string Url { get; }

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                HttpListenerContext context = await _listener.GetContextAsync();
                await using FileStream file = File.OpenRead(Path.Combine(_folder, Path.GetFileName(context.Request.Url!.AbsolutePath)));
                await file.CopyToAsync(context.Response.OutputStream);
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException)
            {
                // the client has had enough, or the test is over
            }
        }
    }
}
