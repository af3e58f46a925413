using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using PkiCore.LoadTest.Injection;
using PkiCore.LoadTest.Scenarios.Hosts;
using PkiCore.Testing;

namespace PkiCore.LoadTest.Scenarios.Disturbances;

/// <summary>Clients that download the CRL again and again.</summary>
internal sealed class CrlDownloads(Surroundings surroundings) : IDisturbance
{
    private const int Clients = 4;
    private const int BufferLength = 64 * 1024;
    private const int Ok = 200;

    private readonly List<Beside> _running = [];
    private long _begun;
    private long _downloads;
    private long _received;
    private int _length;

    public static void Configure(ResponderConfiguration configuration, CaFolder authority) =>
        configuration.Issuers[0]!["Crl"] = new JsonObject { ["Directory"] = Path.Combine(authority.FullPath, "crl"), ["Key"] = authority.KeyPath };

    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        await Eventually.HoldsAsync("there is a CRL", () => TryDownload(), cancellationToken);
        await surroundings.Host.WaitUntilCalmAsync(cancellationToken);
        (_downloads, _received, _begun) = (0, 0, Stopwatch.GetTimestamp());
        for (int i = 0; i < Clients; i++)
        {
            _running.Add(new Beside(DownloadUntil));
        }
    }

    public async Task<IReadOnlyDictionary<string, double>> EndAsync(CancellationToken cancellationToken)
    {
        double seconds = Stopwatch.GetElapsedTime(_begun).TotalSeconds;
        long received = Interlocked.Read(ref _received);
        foreach (Beside client in _running)
        {
            await client.EndAsync();
        }

        // Each should take a small part of a second.
        double least = Math.Max(1, surroundings.Settings.LeastDone * seconds) * Clients;
        DisturbanceException.ThrowUnless(_downloads >= least, $"Only {_downloads} CRLs were downloaded.");
        return new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["CRL downloads"] = _downloads,
            ["CRL MB"] = _length / 1e6,
            ["CRL MB per second"] = received / 1e6 / seconds,
        };
    }

    public void Dispose() => _running.ForEach(client => client.Dispose());

    private bool TryDownload()
    {
        using Socket socket = PlainConnection.Open(surroundings.Host.Process.Url);
        return Download(socket, new byte[BufferLength]) == Ok;
    }

    private void DownloadUntil(CancellationToken stop)
    {
        byte[] buffer = new byte[BufferLength];
        using Socket socket = PlainConnection.Open(surroundings.Host.Process.Url);
        while (!stop.IsCancellationRequested)
        {
            if (Download(socket, buffer) != Ok)
            {
                throw new DisturbanceException("A CRL was not to be had.");
            }

            Interlocked.Increment(ref _downloads);
        }
    }

    /// <summary>Downloads the CRL once.</summary>
    /// <returns>The status of HTTP.</returns>
    private int Download(Socket socket, byte[] buffer)
    {
        socket.Send(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"GET /crl/ca.crl HTTP/1.1\r\nHost: {surroundings.Host.Process.Url.Authority}\r\n\r\n")));
        HttpReplyHead head = default;
        long received = 0;
        while (head.Length == 0 || received < head.Length + head.ContentLength)
        {
            int read = socket.Receive(head.Length == 0 ? buffer.AsSpan((int)received) : buffer);
            received += read;
            if (read == 0 || (head.Length == 0 && !HttpReplyHead.TryParse(buffer.AsSpan(0, (int)received), out head)))
            {
                throw new DisturbanceException("The host closed a connection on which a CRL was downloaded, or what it said is no HTTP/1.1.");
            }

            Interlocked.Add(ref _received, read);
        }

        _length = head.ContentLength;
        return head.Status;
    }
}
