using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PkiCore.Crl;

namespace PkiCore.Responder.Tests;

/// <summary>CRLs inside somebody else's ASP.NET Core application, over loopback.</summary>
public sealed class MapCrlTests : IAsyncLifetime
{
    private const int ManyEntries = 400_000; // 10 MB: more than all the buffers between server and client

    private readonly TemporaryDirectory _directory = new();
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();
    private CrlStore _store = null!;
    private WebApplication _app = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Uri Url => new(_app.Urls.First());

    public async ValueTask InitializeAsync()
    {
        Write("ca.crl", seed: 1);
        _store = new CrlStore(_directory.FullPath);
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddHealthChecks().AddCrlStore(_store);
        _app = builder.Build();
        _app.MapCrl("/crl", _store);
        _app.MapGet("/crl/{**rest}", (string rest) => "other " + rest);
        _app.MapHealthChecks("/healthz");
        await _app.StartAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _store.Dispose();
        _directory.Dispose();
    }

    [Fact]
    [Requirement("CD-1", "CD-2", "T-24", "HC-12")]
    public async Task Curl_gets_the_file_as_it_is_even_if_it_could_unpack()
    {
        byte[] crl = await File.ReadAllBytesAsync(_directory.File("ca.crl"), Cancellation);
        HttpReply reply = await Curl.RunAsync("--compressed", $"{Url}crl/ca.crl");
        Assert.Equal(200, reply.Status);
        Assert.Equal(crl, reply.Body);
        Assert.Equal("application/pkix-crl", reply["Content-Type"]);
        Assert.All(["Content-Encoding", "Transfer-Encoding", "Vary", "Set-Cookie"], name => Assert.Null(reply[name]));
        Assert.NotNull(reply["Date"]);

        HttpReply again = await Curl.RunAsync("-H", $"If-None-Match: {reply["ETag"]}", $"{Url}crl/ca.crl");
        Assert.Equal(304, again.Status);
        Assert.Empty(again.Body);
        Assert.Equal(304, (await Curl.RunAsync("-H", $"If-Modified-Since: {reply["Last-Modified"]}", $"{Url}crl/ca.crl")).Status);
        HttpReply head = await Curl.RunAsync("-I", $"{Url}crl/ca.crl");
        Assert.Equal(reply["Content-Length"], head["Content-Length"]);
        Assert.Empty(head.Body);
    }

    [Fact]
    public async Task Broken_download_is_resumed_where_it_ended()
    {
        byte[] crl = await File.ReadAllBytesAsync(_directory.File("ca.crl"), Cancellation);
        await File.WriteAllBytesAsync(_directory.File("partial"), crl[..40], Cancellation);
        await ToolProcess.RunCheckedAsync(
            RequiredTool.Curl, ["-sS", "-C", "-", "-o", _directory.File("partial"), "--max-time", "15", $"{Url}crl/ca.crl"], TimeSpan.FromSeconds(20), Cancellation);
        Assert.Equal(crl, await File.ReadAllBytesAsync(_directory.File("partial"), Cancellation));
    }

    [Theory]
    [InlineData("GET /crl/ca.crl HTTP/1.0\r\n\r\n")]
    [InlineData("GET /crl/ca.crl HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTE: chunked\r\n\r\n")]
    [Requirement("T-24")]
    public async Task Old_and_new_http_get_a_length_and_no_chunks(string request)
    {
        byte[] crl = await File.ReadAllBytesAsync(_directory.File("ca.crl"), Cancellation);
        HttpReply reply = await RawHttp.SendAsync(Url, request, Cancellation);
        Assert.Equal(200, reply.Status);
        Assert.Equal(crl.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), reply["Content-Length"]);
        Assert.Null(reply["Transfer-Encoding"]);
        Assert.Equal(crl, reply.Body);
    }

    [Theory]
    [InlineData("/crl/other.crl", 404)]
    [InlineData("/crl/ca.crl%0d%0aSet-Cookie:%20a=b.crl", 404)]
    [InlineData("/crl/%2e%2e%2fca.crl", 404)]
    [InlineData("/crl/..%5cca.crl", 404)]
    [InlineData("/crl/current%2fca.crl", 404)]
    [InlineData("/crl/../ca.crl", 404)]
    [InlineData("/crl/%63a.crl", 200)] // an escaped letter is the letter
    public async Task Only_names_that_are_there_are_found_and_nothing_of_the_path_comes_back(string target, int status)
    {
        HttpReply reply = await RawHttp.GetAsync(Url, target, Cancellation);
        Assert.Equal(status, reply.Status);
        Assert.Null(reply["Set-Cookie"]);
    }

    [Fact]
    public async Task Other_paths_are_left_to_others_and_other_methods_refused()
    {
        using var client = new HttpClient { BaseAddress = Url };
        Assert.Equal("other text", await client.GetStringAsync(new Uri("crl/text", UriKind.Relative), Cancellation));
        HttpReply post = await Curl.PostAsync(new Uri(Url, "crl/ca.crl"), [1]);
        Assert.Equal(405, post.Status);
        Assert.Equal("GET, HEAD", post["Allow"]);
    }

    [Fact]
    public async Task Download_that_began_before_a_switch_ends_with_its_own_bytes()
    {
        byte[] old = Write("ca.crl", seed: 2, ManyEntries);
        _store.Refresh();
        using TcpClient client = await BeginAsync("/crl/ca.crl");
        NetworkStream stream = client.GetStream();
        byte[] start = new byte[1000];
        await stream.ReadExactlyAsync(start, Cancellation);

        byte[] next = Write("ca.crl", seed: 3, 10);
        _store.Refresh();
        HttpReply other = await RawHttp.GetAsync(Url, "/crl/ca.crl", Cancellation);
        using var received = new MemoryStream();
        await received.WriteAsync(start, Cancellation);
        await stream.CopyToAsync(received, Cancellation);

        Assert.Equal(next, other.Body);
        Assert.Equal(old, HttpReply.Parse(received.ToArray()).Body);
        await Eventually.HoldsAsync("only the new file is open", () => CountOpenFiles() == 1, Cancellation);
    }

    [Fact]
    public async Task Client_that_goes_away_leaves_nothing_open()
    {
        Write("ca.crl", seed: 2, ManyEntries);
        _store.Refresh();
        using (TcpClient client = await BeginAsync("/crl/ca.crl"))
        {
            await client.GetStream().ReadExactlyAsync(new byte[1000], Cancellation);
            Write("ca.crl", seed: 3);
            _store.Refresh();
            Assert.Equal(2, CountOpenFiles());
        }

        await Eventually.HoldsAsync("the old file is closed", () => CountOpenFiles() == 1, Cancellation);
    }

    [Fact]
    [Requirement("T-27")]
    public async Task Crl_over_two_gibibytes_is_served_in_part()
    {
        byte[] tail = CrlFile.WriteSparse(_directory.File("big.crl"), _now, _now.AddDays(1), 2_200_000_000);
        _store.Refresh();
        HttpReply head = await Curl.RunAsync("-I", $"{Url}crl/big.crl");
        long length = new FileInfo(_directory.File("big.crl")).Length;
        HttpReply end = await Curl.RunAsync("-r", $"{length - tail.Length}-", $"{Url}crl/big.crl");

        Assert.Equal(length.ToString(System.Globalization.CultureInfo.InvariantCulture), head["Content-Length"]);
        Assert.Equal(206, end.Status);
        Assert.Equal(tail, end.Body);
    }

    [Fact]
    public async Task Health_check_tells_of_a_file_that_is_no_crl()
    {
        using var client = new HttpClient { BaseAddress = Url };
        var page = new Uri("healthz", UriKind.Relative);
        Assert.Equal("Healthy", await client.GetStringAsync(page, Cancellation));
        await File.WriteAllTextAsync(_directory.File("bad.crl"), "no CRL", Cancellation);
        _store.Refresh();
        Assert.Equal("Degraded", await client.GetStringAsync(page, Cancellation));
    }

    /// <summary>Asks, and reads nothing yet.</summary>
    private async Task<TcpClient> BeginAsync(string target)
    {
        var client = new TcpClient { ReceiveBufferSize = 4096 };
        await client.ConnectAsync(IPAddress.Loopback, Url.Port, Cancellation);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), Cancellation);
        return client;
    }

    private int CountOpenFiles() => Directory.EnumerateFiles("/proc/self/fd")
        .Count(file => new FileInfo(file).LinkTarget?.StartsWith(_directory.FullPath, StringComparison.Ordinal) == true);

    private byte[] Write(string name, int seed, int entries = 10)
    {
        byte[] crl = CrlFile.Encode(_now, _now.AddDays(1), seed, entries);
        File.WriteAllBytes(_directory.File("next"), crl);
        File.Move(_directory.File("next"), _directory.File(name), overwrite: true);
        return crl;
    }
}
