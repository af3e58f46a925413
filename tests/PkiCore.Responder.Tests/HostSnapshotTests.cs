using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using PkiCore.Ocsp;
using PkiCore.Responder.Demo;

namespace PkiCore.Responder.Tests;

/// <summary>A host that is started again finds its answers in snapshots.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class HostSnapshotTests : IDisposable
{
    private static readonly byte[] s_tryLater = [0x30, 0x03, 0x0A, 0x01, 0x03];

    private readonly TemporaryDirectory _directory = new();
    private readonly DemoCa _ca;
    private readonly ResponderConfiguration _configuration;
    private readonly byte[] _request;

    public HostSnapshotTests()
    {
        _ca = DemoCa.Create(_directory.File("ca"), new DemoCaOptions(), TimeProvider.System);
        _configuration = new ResponderConfiguration(_directory.File("responder.json")).Add(_ca).Set("Ocsp:SnapshotDirectory", "snapshots"); // relative to the file
        _request = OcspRequestEncoder.FromFiles(_ca.CaPath, _ca.GoodPath);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Folder => _directory.File("snapshots");

    private string SnapshotPath => Assert.Single(Directory.GetFiles(Folder, "*.table"));

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Restart_answers_the_same_without_signing_again()
    {
        string before = await SignAndStopAsync();
        await using ResponderProcess again = await ResponderProcess.ServeAsync(_configuration.Write(), Cancellation);

        Assert.Equal(before, await ReadETagAsync(again));
        Assert.Equal(0, await ReadMetricAsync(again, "pkicore_ocsp_signatures_total{lane=\"ahead\"}"));
        Assert.Contains("5 certificates from the snapshot " + Folder, again.Output, StringComparison.Ordinal);
        Assert.Equal("healthy", await ReadStatusAsync(again));
    }

    [Fact]
    public async Task Snapshot_and_its_folder_are_the_owners_alone_and_hold_no_secret()
    {
        const string Passphrase = "Correct-Horse-4711";
        string key = await File.ReadAllTextAsync(_ca.ResponderKeyPath, Cancellation);
        await File.WriteAllTextAsync(_directory.File("passphrase"), Passphrase + "\n", Cancellation);
        using var parsed = System.Security.Cryptography.ECDsa.Create();
        parsed.ImportFromPem(key);
        await File.WriteAllTextAsync(
            _ca.ResponderKeyPath,
            parsed.ExportEncryptedPkcs8PrivateKeyPem(Passphrase, new(System.Security.Cryptography.PbeEncryptionAlgorithm.Aes256Cbc, System.Security.Cryptography.HashAlgorithmName.SHA256, 10_000)),
            Cancellation);
        _configuration.Issuers.Clear();
        _configuration.Add(_ca.CaPath, _ca.IndexPath, _ca.ResponderPath, _ca.ResponderKeyPath, "file:" + _directory.File("passphrase"));
        await SignAndStopAsync();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SnapshotPath));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
        byte[] snapshot = await File.ReadAllBytesAsync(SnapshotPath, Cancellation);
        byte[] secret = parsed.ExportParameters(includePrivateParameters: true).D!;
        byte[][] forbidden = [secret, [.. secret.Reverse()], System.Text.Encoding.UTF8.GetBytes(Passphrase), System.Text.Encoding.UTF8.GetBytes(Convert.ToBase64String(secret)), "PRIVATE KEY"u8.ToArray()];
        Assert.All(forbidden, bytes => Assert.Equal(-1, snapshot.AsSpan().IndexOf(bytes)));
        Assert.NotEqual(-1, snapshot.AsSpan().IndexOf(parsed.ExportParameters(includePrivateParameters: false).Q.X!)); // of the signer's certificate: there is something to be found
    }

    [Fact]
    public async Task Without_its_source_it_waits_a_while_and_then_serves_what_it_has()
    {
        string before = await SignAndStopAsync();
        File.Move(_ca.IndexPath, _directory.File("away"));
        _configuration.Set("Ocsp:ServeBeforeSync", "wait").Set("Ocsp:SyncTimeout", "00:00:03");
        await using ResponderProcess again = await StartWithoutSourceAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await again.GetAsync("readyz", Cancellation)).Status);
        Assert.Equal(s_tryLater, await again.PostAsync(_request, Cancellation));

        await again.WaitUntilReadyAsync(Cancellation);
        Assert.Equal(before, await ReadETagAsync(again));
        Assert.Equal("degraded", await ReadStatusAsync(again));
        Assert.Contains("unexpired answers of the snapshot are served", again.Output, StringComparison.Ordinal);
        File.Move(_directory.File("away"), _ca.IndexPath);
        await Eventually.HoldsAsync("healthy", async () => await ReadStatusAsync(again) == "healthy", Cancellation);
        Assert.Equal(before, await ReadETagAsync(again));
    }

    [Fact]
    public async Task Without_its_source_it_serves_nothing_if_it_never_may()
    {
        string before = await SignAndStopAsync();
        File.Move(_ca.IndexPath, _directory.File("away"));
        _configuration.Set("Ocsp:ServeBeforeSync", "never").Set("Ocsp:SyncTimeout", "00:00:00.5");
        await using ResponderProcess again = await StartWithoutSourceAsync();
        long begunAt = Stopwatch.GetTimestamp();
        do
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await again.GetAsync("readyz", Cancellation)).Status);
            Assert.Equal(s_tryLater, await again.PostAsync(_request, Cancellation));
        }
        while (Stopwatch.GetElapsedTime(begunAt) < TimeSpan.FromSeconds(2)); // four times as long as it would wait
        Assert.Contains("not served before the source has been read", (await again.GetAsync("healthz", Cancellation)).Body, StringComparison.Ordinal);

        File.Move(_directory.File("away"), _ca.IndexPath);
        await again.WaitUntilReadyAsync(Cancellation);
        Assert.Equal(before, await ReadETagAsync(again));
    }

    [Fact]
    public async Task A_CA_without_its_source_does_not_keep_the_others_from_being_served()
    {
        DemoCa other = DemoCa.Create(_directory.File("other"), new DemoCaOptions { CaName = "Other CA" }, TimeProvider.System);
        _configuration.Add(other).Set("Ocsp:ServeBeforeSync", "never");
        await SignAndStopAsync();
        File.Delete(other.IndexPath);
        await using ResponderProcess again = await ResponderProcess.ServeAsync(_configuration.Write(), Cancellation);

        Assert.NotEqual(s_tryLater, await again.PostAsync(_request, Cancellation));
        Assert.Equal(s_tryLater, await again.PostAsync(OcspRequestEncoder.FromFiles(other.CaPath, other.GoodPath), Cancellation));
        Assert.Equal("degraded", await ReadStatusAsync(again));
    }

    [Fact]
    public async Task Without_its_source_it_serves_at_once_if_it_may()
    {
        string before = await SignAndStopAsync();
        File.Delete(_ca.IndexPath);
        _configuration.Set("Ocsp:ServeBeforeSync", "NOW").Set("Ocsp:SyncTimeout", "00:01:00");
        await using ResponderProcess again = await ResponderProcess.ServeAsync(_configuration.Write(), Cancellation);
        Assert.Equal(before, await ReadETagAsync(again));
        Assert.Equal("degraded", await ReadStatusAsync(again));
        OcspResponse? revoked = OcspResponse.Parse(await again.PostAsync(OcspRequestEncoder.FromFiles(_ca.CaPath, _ca.RevokedPath), Cancellation));
        Assert.Equal(OcspCertificateStatus.Revoked, Assert.Single(revoked!.Responses).Status);
    }

    [Fact]
    public async Task Snapshot_that_cannot_be_written_is_a_problem_and_service_goes_on()
    {
        _configuration.Set("Ocsp:SnapshotInterval", "00:00:01");
        await SignAndStopAsync();
        string snapshot = SnapshotPath;
        File.Delete(snapshot);
        Directory.CreateDirectory(snapshot); // root can write to any folder, but not in place of one
        await File.WriteAllTextAsync(Path.Combine(snapshot, "in-the-way"), "", Cancellation);
        await using ResponderProcess again = await ResponderProcess.ServeAsync(_configuration.Write(), Cancellation);

        await Eventually.HoldsAsync("degraded", async () => await ReadStatusAsync(again) == "degraded", Cancellation);
        Assert.Contains($"the snapshot {snapshot} could not be written", (await again.GetAsync("healthz", Cancellation)).Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await again.GetAsync("readyz", Cancellation)).Status);
        Assert.NotNull(await ReadETagAsync(again));
        Assert.False(File.Exists(snapshot + ".tmp"));

        Directory.Delete(snapshot, recursive: true);
        _ca.Issue("another.demo.example");
        await Eventually.HoldsAsync("healthy", async () => await ReadStatusAsync(again) == "healthy", Cancellation);
        Assert.True(File.Exists(snapshot));
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("changed")]
    [InlineData("foreign")]
    public async Task Damaged_snapshot_is_logged_and_everything_signed_again(string damage)
    {
        string before = await SignAndStopAsync();
        byte[] snapshot = await File.ReadAllBytesAsync(SnapshotPath, Cancellation);
        switch (damage)
        {
            case "cut":
                snapshot = snapshot[..(snapshot.Length / 2)];
                break;
            case "changed":
                snapshot[20] ^= 1;
                break;
            default:
                snapshot = [.. Enumerable.Range(0, 4000).Select(place => (byte)place)];
                break;
        }

        await File.WriteAllBytesAsync(SnapshotPath, snapshot, Cancellation);
        await using ResponderProcess again = await ResponderProcess.ServeAsync(_configuration.Write(), Cancellation);
        Assert.Contains($"the snapshot {SnapshotPath} is not used: ", again.Output, StringComparison.Ordinal);
        Assert.NotEqual(before, await ReadETagAsync(again));
        Assert.Equal("healthy", await ReadStatusAsync(again));
        await again.StopAsync(Cancellation);
        Assert.NotEqual(snapshot, await File.ReadAllBytesAsync(SnapshotPath, Cancellation)); // a whole one again
    }

    [Fact]
    public async Task A_moved_index_and_a_CA_that_comes_back_do_not_undo_a_revocation()
    {
        await using ResponderProcess responder = await ResponderProcess.ServeAsync(_configuration.Write(), Cancellation);
        File.Copy(_ca.IndexPath, _directory.File("earlier.txt"));
        await RevokeGoodAsync(responder);
        DemoCa other = DemoCa.Create(_directory.File("other"), new DemoCaOptions { CaName = "Other CA" }, TimeProvider.System);

        _configuration.Issuers.Clear();
        _configuration.Add(_ca.CaPath, _directory.File("earlier.txt"), _ca.ResponderPath, _ca.ResponderKeyPath).Write();
        await responder.WaitForOutputAsync("Reloaded the configuration", Cancellation);
        await Eventually.HoldsAsync("the alarm is raised", async () => (await responder.GetAsync("healthz", Cancellation)).Body.Contains("ALARM: 1 certificate(s)", StringComparison.Ordinal), Cancellation);
        Assert.Equal(OcspCertificateStatus.Revoked, await AskAsync(responder));

        _configuration.Issuers.Clear();
        _configuration.Add(other).Write();
        await Eventually.HoldsAsync("the CA is foreign", async () => await AskAsync(responder) is null, Cancellation);
        _configuration.Add(_ca.CaPath, _directory.File("earlier.txt"), _ca.ResponderPath, _ca.ResponderKeyPath).Write();
        await Eventually.HoldsAsync("the CA is served again", async () => await AskAsync(responder) is not null, Cancellation);
        Assert.Equal(OcspCertificateStatus.Revoked, await AskAsync(responder));
        await Eventually.HoldsAsync("the alarm is raised", async () => (await responder.GetAsync("healthz", Cancellation)).Body.Contains("ALARM: 1 certificate(s)", StringComparison.Ordinal), Cancellation);
        Assert.Equal(OcspCertificateStatus.Revoked, await AskAsync(responder));
    }

    [Fact]
    public async Task Metrics_of_table_and_snapshots_are_told()
    {
        _configuration.Set("Ocsp:SnapshotInterval", "00:00:01");
        await using ResponderProcess responder = await ResponderProcess.ServeAsync(_configuration.Write(), Cancellation);
        await RevokeGoodAsync(responder);
        await Eventually.HoldsAsync("a snapshot is written", async () => await FindMetricAsync(responder, "pkicore_snapshot_duration_seconds_count") > 0, Cancellation);
        Assert.InRange(await ReadMetricAsync(responder, "pkicore_table_memory_bytes"), 5 * 128, 1 << 20);
        Assert.InRange(await ReadMetricAsync(responder, "pkicore_table_load_factor_ratio"), 0.0001, 1);
        Assert.Equal(0, await ReadMetricAsync(responder, "pkicore_ocsp_due"));
        Assert.Equal(0, await ReadMetricAsync(responder, "pkicore_ocsp_late"));
        Assert.InRange(await ReadMetricAsync(responder, "pkicore_process_huge_pages_bytes"), 0, 1L << 40);
        Assert.InRange(await ReadMetricAsync(responder, "pkicore_ocsp_change_to_live_seconds_count"), 1, 2);
    }

    private async Task<string> SignAndStopAsync()
    {
        await using ResponderProcess responder = await ResponderProcess.ServeAsync(_configuration.Write(), Cancellation);
        string tag = await ReadETagAsync(responder);
        Assert.Equal(0, await responder.StopAsync(Cancellation));
        return tag;
    }

    private async Task<ResponderProcess> StartWithoutSourceAsync()
    {
        ResponderProcess responder = await ResponderProcess.StartAsync(["serve", "--config", _configuration.Write()], untilReady: false, cancellationToken: Cancellation);
        await responder.WaitForOutputAsync("5 certificates from the snapshot", Cancellation);
        return responder;
    }

    private async Task RevokeGoodAsync(ResponderProcess responder)
    {
        using var good = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificateFromFile(_ca.GoodPath);
        _ca.Revoke(good.SerialNumber, reason: null);
        await Eventually.HoldsAsync("it is revoked", async () => await AskAsync(responder) == OcspCertificateStatus.Revoked, Cancellation);
    }

    private async Task<OcspCertificateStatus?> AskAsync(ResponderProcess responder) =>
        OcspResponse.Parse(await responder.PostAsync(_request, Cancellation)) is { Responses: [var single] } ? single.Status : null;

    private async Task<string> ReadETagAsync(ResponderProcess responder) =>
        (await RawHttp.GetAsync(responder.Url, "/" + Uri.EscapeDataString(Convert.ToBase64String(_request)), Cancellation))["ETag"]
        ?? throw new InvalidOperationException("The answer is not signed ahead.");

    private static async Task<string?> ReadStatusAsync(ResponderProcess responder) =>
        (string?)JsonNode.Parse((await responder.GetAsync("healthz", Cancellation)).Body)!["status"];

    private static async Task<double> ReadMetricAsync(ResponderProcess responder, string name) =>
        await FindMetricAsync(responder, name) ?? throw new InvalidOperationException($"There is no {name}.");

    /// <summary>The value of the one series whose name begins so.</summary>
    private static async Task<double?> FindMetricAsync(ResponderProcess responder, string name)
    {
        string? line = (await responder.GetAsync("metrics", Cancellation)).Body.Split('\n').SingleOrDefault(line => line.StartsWith(name, StringComparison.Ordinal) && (line[name.Length] is ' ' or '{'));
        return line is null ? null : double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
    }
}
