using System.Net;
using System.Net.Sockets;
using System.Text;
using PkiCore.Responder.Demo;

namespace PkiCore.Responder.Tests;

/// <summary>Requests are answered on the threads that watch the sockets: nobody may have such a thread for himself.</summary>
public sealed class HostFairnessTests
{
    private const int GreedyClients = 4;
    private const long UnderWay = 1 << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Clients_that_never_pause_do_not_keep_others_waiting()
    {
        using var directory = new TemporaryDirectory();
        DemoCa ca = DemoCa.Create(directory.File("ca"), new DemoCaOptions(), TimeProvider.System);
        string configuration = new ResponderConfiguration(directory.File("responder.json")).Add(ca).Write();
        byte[] request = OcspRequestEncoder.FromFiles(ca.CaPath, ca.Issue("good.example").CertificatePath);
        await using ResponderProcess host = await ResponderProcess.StartAsync(["serve", "--config", configuration], processors: "0", cancellationToken: Cancellation);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        GreedyClient[] greedy = [.. Enumerable.Range(0, GreedyClients).Select(_ => new GreedyClient(host.Url, request, stop.Token))];
        try
        {
            await Eventually.HoldsAsync("all greedy clients get answers", () => greedy.All(client => client.Received > UnderWay), Cancellation);

            for (int i = 0; i < 20; i++)
            {
                Assert.NotEmpty(await host.PostAsync(request, Cancellation)); // gives up after ten seconds
            }

            Assert.Equal(HttpStatusCode.OK, (await host.GetAsync("healthz", Cancellation)).Status);
        }
        finally
        {
            await stop.CancelAsync();
            foreach (GreedyClient client in greedy)
            {
                await client.DisposeAsync();
            }
        }
    }

    /// <summary>Sends requests without waiting for answers, and reads those as they come.</summary>
    private sealed class GreedyClient : IAsyncDisposable
    {
        private readonly TcpClient _client = new();
        private readonly Task _running;
        private long _received;

        public GreedyClient(Uri url, byte[] request, CancellationToken stop)
        {
            byte[] get = Encoding.ASCII.GetBytes($"GET /{Uri.EscapeDataString(Convert.ToBase64String(request))} HTTP/1.1\r\nHost: a\r\n\r\n");
            byte[] requests = [.. Enumerable.Repeat(get, 64).SelectMany(one => one)];
            _client.Connect(IPAddress.Loopback, url.Port);
            NetworkStream stream = _client.GetStream();
            _running = Task.WhenAll(Task.Run(() => SendAsync(stream, requests, stop), CancellationToken.None), Task.Run(() => ReceiveAsync(stream, stop), CancellationToken.None));
        }

        public long Received => Interlocked.Read(ref _received);

        public async ValueTask DisposeAsync()
        {
            await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _client.Dispose();
        }

        private static async Task SendAsync(NetworkStream stream, byte[] requests, CancellationToken stop)
        {
            while (true)
            {
                await stream.WriteAsync(requests, stop);
            }
        }

        private async Task ReceiveAsync(NetworkStream stream, CancellationToken stop)
        {
            byte[] buffer = new byte[64 << 10];
            for (int read = await stream.ReadAsync(buffer, stop); read > 0; read = await stream.ReadAsync(buffer, stop))
            {
                Interlocked.Add(ref _received, read);
            }
        }
    }
}
