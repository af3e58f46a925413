using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text.Json.Nodes;
using PkiCore.Crl;
using PkiCore.Responder.Demo;
using PkiCore.X509;

namespace PkiCore.Galera.Tests.Crls;

/// <summary>Hosts as processes: two that may publish, and one that only serves.</summary>
[Collection(LabGroup.Name)]
public sealed class HostDistributionTests(LabFixture fixture, ITestOutputHelper output) : IDisposable
{
    private const int SigStop = 19;
    private const int SigCont = 18;
    private const int SigKill = 9;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(90);
    private static readonly DateTimeOffset s_notAfter = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TemporaryDirectory _folder = new();
    private readonly HttpClient _http = new();
    private int _serial;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Another_host_publishes_after_the_publisher_was_stopped_or_killed_and_all_serve_the_same()
    {
        await using CrlLab lab = await CrlLab.StartAsync(fixture);
        var ca = DemoCa.Create(_folder.File("ca"), new DemoCaOptions(), TimeProvider.System);
        var issuer = Issuer.FromPemFile(ca.CaPath);
        RevocationStore store = await lab.OpenStoreAsync();
        await store.RegisterIssuerAsync(issuer, Token);
        await RevokeAsync(store, issuer);

        await using ResponderProcess first = await ServeAsync(lab, ca, "first", "publish");
        await using ResponderProcess edge = await ServeAsync(lab, ca, "edge", "receive");
        BigInteger number = await WaitForAsync(edge, entries: 1);
        await WaitForAsync(first, entries: 1);
        Assert.Equal(await GetAsync(first), await GetAsync(edge));
        await using ResponderProcess second = await ServeAsync(lab, ca, "second", "publish");
        await Eventually.HoldsAsync("the second is a standby, and well", async () => await DescribeAsync(second) is var (status, role) && status == "healthy" && role.StartsWith("standby: ", StringComparison.Ordinal) && role.EndsWith(" holds the lease", StringComparison.Ordinal), s_limit, Token);

        // It stands still, and wakes when another has taken over: it publishes nothing more.
        first.Signal(SigStop);
        long stopped = Stopwatch.GetTimestamp();
        await RevokeAsync(store, issuer);
        BigInteger next = await WaitForAsync(edge, entries: 2);
        output.WriteLine($"the second host had published {Stopwatch.GetElapsedTime(stopped).TotalSeconds:0.0} s after the first was stopped");
        Assert.True(next > number, $"{next} follows {number}");
        first.Signal(SigCont);
        await Eventually.HoldsAsync("the first is a standby", async () => (await DescribeAsync(first)).Distribution.StartsWith("standby: ", StringComparison.Ordinal), s_limit, Token);
        await WaitForAsync(first, entries: 2);
        await WaitForAsync(second, entries: 2);
        Assert.Equal(await GetAsync(second), await GetAsync(first));

        // The second is killed: the first goes on from what the second published.
        second.Signal(SigKill);
        await RevokeAsync(store, issuer);
        BigInteger last = await WaitForAsync(edge, entries: 3);
        Assert.True(last > next, $"{last} follows {next}");
        await WaitForAsync(first, entries: 3);
        Assert.Equal(await GetAsync(first), await GetAsync(edge));
        string rows = await lab.SqlAsync(1, "SET SESSION wsrep_sync_wait = 1; SELECT sequence, epoch FROM pkicore.crl_publication ORDER BY sequence DESC LIMIT 1");
        Assert.True(ulong.Parse(rows.Split('\t')[1], CultureInfo.InvariantCulture) >= 3, rows);
        Assert.Contains("pkicore_crl_next_expiry", (await edge.GetAsync("metrics", Token)).Body, StringComparison.Ordinal);
    }

    private async Task RevokeAsync(RevocationStore store, Issuer issuer)
    {
        SerialNumber.TryCreate([0x20, (byte)++_serial], out SerialNumber serial);
        await store.ApplyAsync(issuer, [RevocationOperation.Issue(serial, s_notAfter), RevocationOperation.Revoke(serial)], Token);
    }

    private async Task<ResponderProcess> ServeAsync(CrlLab lab, DemoCa ca, string name, string distribution)
    {
        var crl = new JsonObject { ["Directory"] = _folder.File(name + "-crl"), ["PublishAfterChange"] = "00:00:00", ["Distribution"] = distribution };
        if (distribution == "publish")
        {
            crl["Key"] = ca.CaKeyPath;
        }

        var configuration = new ResponderConfiguration(_folder.File(name + ".json"));
        configuration.Set("Galera", new JsonObject
        {
            ["Nodes"] = new JsonArray([.. lab.Lab.Nodes.Select(node => new JsonObject { ["Name"] = $"node{node}", ["Host"] = lab.Lab.Address(node) })]),
            ["CaFile"] = lab.Lab.ClientFiles("edge").Ca,
            ["Edge"] = UserOf(lab, "edge"),
            ["Publisher"] = UserOf(lab, "publisher"),
        });
        configuration.Issuers.Add(new JsonObject
        {
            ["Certificate"] = ca.CaPath,
            ["Galera"] = true,
            ["Signer"] = new JsonObject { ["Certificate"] = ca.ResponderPath, ["Key"] = ca.ResponderKeyPath },
            ["Crl"] = crl,
        });
        return await ResponderProcess.ServeAsync(configuration.Write(), Token);
    }

    private static JsonObject UserOf(CrlLab lab, string user) => new()
    {
        ["User"] = user,
        ["Certificate"] = lab.Lab.ClientFiles(user).Certificate,
        ["Key"] = lab.Lab.ClientFiles(user).Key,
    };

    private async Task<byte[]> GetAsync(ResponderProcess host) => await _http.GetByteArrayAsync(new Uri(host.Url, "crl/ca.crl"), Token);

    /// <summary>Waits until a host serves a CRL with so many entries.</summary>
    /// <returns>Its number.</returns>
    private async Task<BigInteger> WaitForAsync(ResponderProcess host, int entries)
    {
        BigInteger number = -1;
        try
        {
            await Eventually.HoldsAsync($"a CRL with {entries} entries is served", async () =>
            {
                using HttpResponseMessage response = await _http.GetAsync(new Uri(host.Url, "crl/ca.crl"), Token);
                if (response.StatusCode != HttpStatusCode.OK)
                {
                    return false;
                }

                using var crl = new CrlReader(new MemoryStream(await response.Content.ReadAsByteArrayAsync(Token)));
                while (crl.TryRead(out _))
                {
                }

                number = crl.Number!.Value;
                return crl.EntryCount == entries;
            }, s_limit, Token);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}\n{host.Output}\n{(await host.GetAsync("healthz", Token)).Body}", e);
        }

        return number;
    }

    private static async Task<(string Status, string Distribution)> DescribeAsync(ResponderProcess host)
    {
        JsonNode health = JsonNode.Parse((await host.GetAsync("healthz", Token)).Body)!;
        return ((string)health["status"]!, (string?)health["crls"]?[0]?["distribution"] ?? "");
    }
}
