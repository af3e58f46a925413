using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PkiCore.Ocsp;
using PkiCore.Responder.Demo;
using PkiCore.X509;

namespace PkiCore.Responder.Tests;

/// <summary>OCSP inside somebody else's ASP.NET Core application, as the README shows it.</summary>
public sealed class SampleTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly DemoCa _ca;

    public SampleTests() => _ca = DemoCa.Create(_directory.File("ca"), new DemoCaOptions(), TimeProvider.System);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Target => Uri.EscapeDataString(Convert.ToBase64String(OcspRequestEncoder.FromFiles(_ca.CaPath, _ca.GoodPath)));

    public void Dispose() => _directory.Dispose();

    [Fact]
    [Requirement("HT-1", "HT-2", "HT-4")]
    public async Task Five_lines_answer_by_get_and_post()
    {
        WebApplicationBuilder builder = CreateBuilder();
        builder.Services.AddOcspResponder().AddIssuer(_ca.CaPath, _ca.ResponderPath, _ca.ResponderKeyPath, _ca.IndexPath);
        await using WebApplication app = builder.Build();
        app.MapOcsp("/ocsp");
        await app.StartAsync(Cancellation);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };

        await AssertGoodAsync(() => client.GetAsync(new Uri("/ocsp/" + Target, UriKind.Relative), Cancellation));
        await AssertGoodAsync(() => PostAsync(client, "/ocsp"));
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await client.GetAsync(new Uri("/elsewhere", UriKind.Relative), Cancellation)).StatusCode);
    }

    [Fact]
    [Requirement("T-1", "T-2")]
    public async Task Raw_slashes_reach_the_responder_through_routing()
    {
        WebApplicationBuilder builder = CreateBuilder();
        builder.Services.AddOcspResponder().AddIssuer(_ca.CaPath, _ca.ResponderPath, _ca.ResponderKeyPath, _ca.IndexPath);
        await using WebApplication app = builder.Build();
        app.MapOcsp("/pki/ocsp");
        app.MapGet("/", () => "home");
        await app.StartAsync(Cancellation);
        var url = new Uri(app.Urls.First());
        foreach (string target in new[] { Uri.UnescapeDataString(Target), "/" + Target, Target })
        {
            HttpReply? reply = null;
            await Eventually.HoldsAsync("signed ahead", async () => (reply = await RawHttp.GetAsync(url, "/pki/ocsp/" + target, Cancellation)).Body.Length > 5, Cancellation);
            Curl.AssertVerified(reply!, Issuer.FromPemFile(_ca.CaPath), OcspCertificateStatus.Good);
        }
    }

    [Fact]
    public async Task Path_base_in_front_is_passed_over()
    {
        WebApplicationBuilder builder = CreateBuilder();
        builder.Services.AddOcspResponder().AddIssuer(_ca.CaPath, _ca.ResponderPath, _ca.ResponderKeyPath, _ca.IndexPath);
        await using WebApplication app = builder.Build();
        app.UsePathBase("/tenant");
        app.UseRouting();
        app.MapOcsp("/ocsp");
        await app.StartAsync(Cancellation);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };

        await AssertGoodAsync(() => PostAsync(client, "/tenant/ocsp"));
        await AssertGoodAsync(() => client.GetAsync(new Uri("/tenant/ocsp/" + Target, UriKind.Relative), Cancellation));
        await AssertGoodAsync(() => client.GetAsync(new Uri("/ocsp/" + Target, UriKind.Relative), Cancellation));
    }

    [Fact]
    public async Task Mapped_in_a_group_the_whole_path_is_passed_over()
    {
        WebApplicationBuilder builder = CreateBuilder();
        builder.Services.AddOcspResponder().AddIssuer(_ca.CaPath, _ca.ResponderPath, _ca.ResponderKeyPath, _ca.IndexPath);
        await using WebApplication app = builder.Build();
        app.MapGroup("/pki").MapOcsp("/ocsp");
        await app.StartAsync(Cancellation);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };

        await AssertGoodAsync(() => client.GetAsync(new Uri("/pki/ocsp/" + Target, UriKind.Relative), Cancellation));
    }

    [Fact]
    public async Task Mapped_at_the_root_leaves_other_routes_alone()
    {
        WebApplicationBuilder builder = CreateBuilder();
        builder.Services.AddOcspResponder().AddIssuer(_ca.CaPath, _ca.ResponderPath, _ca.ResponderKeyPath, _ca.IndexPath);
        await using WebApplication app = builder.Build();
        app.MapOcsp("/");
        app.MapGet("/about", () => "about");
        await app.StartAsync(Cancellation);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };

        await AssertGoodAsync(() => client.GetAsync(new Uri("/" + Target, UriKind.Relative), Cancellation));
        Assert.Equal("about", await client.GetStringAsync(new Uri("/about", UriKind.Relative), Cancellation));
    }

    [Fact]
    public async Task Health_check_is_healthy_and_then_degraded()
    {
        WebApplicationBuilder builder = CreateBuilder();
        builder.Services.AddOcspResponder().AddIssuer(_ca.CaPath, _ca.ResponderPath, _ca.ResponderKeyPath, _ca.IndexPath);
        builder.Services.AddHealthChecks().AddOcspResponder();
        await using WebApplication app = builder.Build();
        app.MapOcsp("/ocsp");
        app.MapHealthChecks("/healthz");
        await app.StartAsync(Cancellation);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };

        await Eventually.HoldsAsync("healthy", async () => await ReadAsync() == "Healthy", Cancellation);
        _ca.AppendIndexLine("not a line of an index");
        await Eventually.HoldsAsync("degraded", async () => await ReadAsync() == "Degraded", Cancellation);

        async Task<string> ReadAsync() => await (await client.GetAsync(new Uri("/healthz", UriKind.Relative), Cancellation)).Content.ReadAsStringAsync(Cancellation);
    }

    [Fact]
    public async Task Settings_are_the_applications()
    {
        WebApplicationBuilder builder = CreateBuilder();
        builder.Services.AddOcspResponder(options => options.Validity = TimeSpan.FromHours(8))
            .AddIssuer(_ca.CaPath, _ca.ResponderPath, _ca.ResponderKeyPath, _ca.IndexPath)
            .ConfigureHttp(options => options.MaxAgeGood = TimeSpan.FromSeconds(9));
        await using WebApplication app = builder.Build();
        app.MapOcsp("/ocsp");
        await app.StartAsync(Cancellation);
        HttpReply? reply = null;
        await Eventually.HoldsAsync("signed ahead", async () => (reply = await RawHttp.GetAsync(new Uri(app.Urls.First()), "/ocsp/" + Target, Cancellation))["ETag"] is not null, Cancellation);
        OcspSingleResponse single = Curl.AssertVerified(reply!, Issuer.FromPemFile(_ca.CaPath), OcspCertificateStatus.Good).Responses[0];
        Assert.Equal(TimeSpan.FromHours(8), single.NextUpdate - single.ThisUpdate);
        Assert.StartsWith("max-age=9,", reply!["Cache-Control"], StringComparison.Ordinal);
    }

    [Fact]
    public void Mapping_without_a_responder_says_what_is_missing()
    {
        using WebApplication app = (WebApplication)CreateBuilder().Build();
        Assert.Contains("AddOcspResponder", Assert.Throws<InvalidOperationException>(() => app.MapOcsp("/ocsp")).Message, StringComparison.Ordinal);
    }

    private static WebApplicationBuilder CreateBuilder()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        return builder;
    }

    private async Task<HttpResponseMessage> PostAsync(HttpClient client, string path)
    {
        using var content = new ByteArrayContent(OcspRequestEncoder.FromFiles(_ca.CaPath, _ca.GoodPath));
        content.Headers.ContentType = new("application/ocsp-request");
        return await client.PostAsync(new Uri(path, UriKind.Relative), content, Cancellation);
    }

    /// <summary>The port opens at once; until the index has been read the answer is tryLater.</summary>
    private async Task AssertGoodAsync(Func<Task<HttpResponseMessage>> ask)
    {
        byte[] reply = [];
        await Eventually.HoldsAsync("an answer", async () => (reply = await ReadAsync()).Length > 5, TimeSpan.FromSeconds(10), Cancellation);
        OcspResponse response = OcspResponse.Parse(reply)!;
        Assert.Equal(OcspVerificationResult.Valid, OcspResponseVerifier.Verify(response, Issuer.FromPemFile(_ca.CaPath), TimeProvider.System.GetUtcNow()));
        Assert.Equal(OcspCertificateStatus.Good, Assert.Single(response.Responses).Status);

        async Task<byte[]> ReadAsync()
        {
            using HttpResponseMessage answer = await ask();
            Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
            byte[] body = await answer.Content.ReadAsByteArrayAsync(Cancellation);
            return body is [0x30, 0x03, 0x0A, 0x01, not 0x03] ? throw new InvalidDataException(Convert.ToHexString(body)) : body;
        }
    }
}
