using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using PkiCore.Ocsp;
using PkiCore.Responder.Demo;

namespace PkiCore.Responder.Tests;

/// <summary>Clients that are slow or many, and the end of the process.</summary>
public sealed class HostLimitTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("HT-9")]
    public async Task Client_that_does_not_finish_its_headers_is_cut_off()
    {
        await using ServedDemo served = await StartAsync("Connections:RequestHeadersTimeout", "00:00:01");
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, served.Url.Port, Cancellation);
        long start = Stopwatch.GetTimestamp();
        await client.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "u8.ToArray(), Cancellation);
        string reply = await ReadToEndAsync(client);
        Assert.StartsWith("HTTP/1.1 408 ", reply, StringComparison.Ordinal);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromSeconds(0.5), s_limit);
    }

    [Fact]
    [Requirement("HT-9")]
    public async Task Idle_connection_is_closed()
    {
        await using ServedDemo served = await StartAsync("Connections:KeepAliveTimeout", "00:00:01");
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, served.Url.Port, Cancellation);
        await client.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), Cancellation);
        Assert.StartsWith("HTTP/1.1 200 ", await ReadToEndAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    [Requirement("HT-9")]
    public async Task Client_that_trickles_its_body_is_cut_off()
    {
        await using ServedDemo served = await ServedDemo.StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, served.Url.Port, Cancellation);
        await client.GetStream().WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/ocsp-request\r\nContent-Length: 4000\r\n\r\n0"u8.ToArray(), Cancellation);
        Assert.StartsWith("HTTP/1.1 408 ", await ReadToEndAsync(client), StringComparison.Ordinal); // after the grace period of five seconds
        Assert.Equal(0, await served.Responder.StopAsync(Cancellation)); // all of the log is there now
        Assert.DoesNotContain("fail:", served.Responder.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Transfer-Encoding: chunked", "ZZZ\r\n")]
    [InlineData("Content-Length: 4000", "0")]
    [Requirement("HT-9")]
    public async Task Client_that_breaks_off_in_its_body_is_not_logged(string header, string body)
    {
        await using ServedDemo served = await ServedDemo.StartAsync();
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(IPAddress.Loopback, served.Url.Port, Cancellation);
            client.LingerState = new LingerOption(enable: true, seconds: 0); // a reset, not an orderly end
            await client.GetStream().WriteAsync(
                Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/ocsp-request\r\n{header}\r\n\r\n{body}"), Cancellation);
            if (body.Length > 1)
            {
                Assert.StartsWith("HTTP/1.1 400 ", await ReadToEndAsync(client), StringComparison.Ordinal);
            }

            await WaitForConnectionsAsync(served, body.Length > 1 ? 0 : 1);
        }

        await WaitForConnectionsAsync(served, 0);
        Assert.Equal(0, await served.Responder.StopAsync(Cancellation)); // all of the log is there now
        Assert.DoesNotContain("fail:", served.Responder.Output, StringComparison.Ordinal);
    }

    [Fact]
    [Requirement("HT-9")]
    public async Task Connections_above_the_limit_are_closed_and_the_others_served()
    {
        await using ServedDemo served = await StartAsync("Connections:MaxConnections", 3);
        var clients = new List<TcpClient>();
        try
        {
            for (int i = 0; i < 3; i++)
            {
                clients.Add(new TcpClient());
                await clients[i].ConnectAsync(IPAddress.Loopback, served.Url.Port, Cancellation);
                await clients[i].GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), Cancellation);
                Assert.True(await clients[i].GetStream().ReadAsync(new byte[1], Cancellation) == 1);
            }

            Assert.Empty(await RawHttp.ExchangeAsync(served.Url, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), Cancellation));
            await clients[0].GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"u8.ToArray(), Cancellation);
            Assert.Contains("HTTP/1.1 200 OK", await ReadToEndAsync(clients[0]), StringComparison.Ordinal);
            await Eventually.HoldsAsync(
                "a place is free",
                async () => (await RawHttp.ExchangeAsync(served.Url, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"u8.ToArray(), Cancellation)).Length > 0,
                Cancellation);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    [Theory]
    [InlineData(ResponderProcess.SigTerm)]
    [InlineData(ResponderProcess.SigInt)]
    public async Task Stop_lets_requests_in_flight_finish_and_ends_with_0(int signal)
    {
        await using ServedDemo served = await ServedDemo.StartAsync();
        byte[] request = OcspRequestEncoder.FromFiles(served.Ca.CaPath, served.Ca.GoodPath, HashAlgorithmName.SHA384);
        byte[] head = Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/ocsp-request\r\nContent-Length: {request.Length}\r\n\r\n");
        TcpClient[] clients = [.. Enumerable.Range(0, 50).Select(_ => new TcpClient())];
        try
        {
            foreach (TcpClient client in clients)
            {
                await client.ConnectAsync(IPAddress.Loopback, served.Url.Port, Cancellation);
                await client.GetStream().WriteAsync(head, Cancellation); // the headers are there, the handler waits for the body
            }

            await WaitForConnectionsAsync(served, clients.Length);
            served.Responder.Signal(signal);
            await Eventually.HoldsAsync("no new connection is taken", () => IsRefusedAsync(served.Url), Cancellation);
            (HttpStatusCode ready, string health) = await served.Responder.GetAsync("readyz", Cancellation); // the second listener outlives the first
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready);
            Assert.Contains("stopping", health, StringComparison.Ordinal);

            foreach (TcpClient client in clients)
            {
                await client.GetStream().WriteAsync(request, Cancellation);
            }

            foreach (TcpClient client in clients)
            {
                // To its end, for each connection is closed. Whether the reply says so depends on whether the server had come to this connection when it stopped.
                HttpReply reply = HttpReply.Parse(Encoding.Latin1.GetBytes(await ReadToEndAsync(client)));
                Curl.AssertVerified(reply, served.Issuer, OcspCertificateStatus.Good);
            }

            Assert.Equal(0, await served.Responder.WaitForExitAsync(Cancellation));
        }
        finally
        {
            Array.ForEach(clients, client => client.Dispose());
        }
    }

    [Fact]
    public async Task Stop_does_not_wait_for_ever()
    {
        await using ServedDemo served = await StartAsync("Connections:ShutdownTimeout", "00:00:01");
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, served.Url.Port, Cancellation);
        await client.GetStream().WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/ocsp-request\r\nContent-Length: 100\r\n\r\n"u8.ToArray(), Cancellation);
        await WaitForConnectionsAsync(served, 1);
        long start = Stopwatch.GetTimestamp();
        Assert.Equal(0, await served.Responder.StopAsync(Cancellation));
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.DoesNotContain("Unhandled", served.Responder.Output, StringComparison.Ordinal);
    }

    [Fact]
    [Requirement("RS-2", "HC-7")]
    public async Task Live_lane_that_is_full_sheds_with_tryLater()
    {
        await using ServedDemo served = await ServedDemo.StartAsync(
            new DemoCaOptions { ResponderKeyType = DemoKeyType.EcdsaP521 },
            (configuration, ca) => configuration.Add(ca).Set("Ocsp:LiveConcurrency", 1).Set("Ocsp:LiveQueueLength", 1));
        byte[] live = OcspRequestEncoder.FromFiles(served.Ca.CaPath, served.Ca.GoodPath, HashAlgorithmName.SHA384);
        byte[] hit = OcspRequestEncoder.FromFiles(served.Ca.CaPath, served.Ca.GoodPath);
        bool shed = false;
        await Eventually.HoldsAsync(
            "the lane sheds",
            async () =>
            {
                Task<byte[]> ahead = served.Responder.PostAsync(hit, Cancellation);
                foreach (byte[] reply in await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => served.Responder.PostAsync(live, Cancellation))))
                {
                    OcspResponseStatus? status = OcspResponse.Parse(reply)?.Status;
                    Assert.True(status is OcspResponseStatus.Successful or OcspResponseStatus.TryLater, Convert.ToHexString(reply));
                    shed |= status == OcspResponseStatus.TryLater;
                }

                Assert.Equal(OcspResponseStatus.Successful, OcspResponse.Parse(await ahead)?.Status);
                return shed;
            },
            Cancellation);
        Assert.DoesNotContain("pkicore_ocsp_live_shed_total 0\n", (await served.Responder.GetAsync("metrics", Cancellation)).Body, StringComparison.Ordinal);
    }

    private static Task<ServedDemo> StartAsync(string setting, System.Text.Json.Nodes.JsonNode value) =>
        ServedDemo.StartAsync(configure: (configuration, ca) => configuration.Add(ca).Set(setting, value));

    private static async Task<string> ReadToEndAsync(TcpClient client)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(s_limit);
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        return await reader.ReadToEndAsync(limit.Token);
    }

    private static Task<TimeSpan> WaitForConnectionsAsync(ServedDemo served, int count) => Eventually.HoldsAsync(
        $"{count} connections are open",
        async () => (await served.Responder.GetAsync("metrics", Cancellation)).Body.Split('\n')
            .Any(line => line.StartsWith("kestrel_active_connections{", StringComparison.Ordinal)
                && line.Contains($"\"{served.Url.Port}\"", StringComparison.Ordinal) && line.EndsWith($" {count}", StringComparison.Ordinal)),
        Cancellation);

    private static async Task<bool> IsRefusedAsync(Uri url)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, url.Port, Cancellation);
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
