using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using PkiCore.Responder.Demo;

namespace PkiCore.Responder.Tests;

/// <summary>The configuration file and the environment. What cannot be used ends the program with 1 and one message that names it.</summary>
public sealed class HostConfigurationTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ResponderConfiguration _configuration;

    public HostConfigurationTests()
    {
        // None of these files is needed to find out that settings are wrong.
        _configuration = new ResponderConfiguration(_directory.File("responder.json")).Add("ca.pem", "index.txt", "ocsp.pem", "ocsp.key");
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("Ocsp:Validty", "\"4\"", "there is no setting 'Ocsp:Validty'")]
    [InlineData("Isuers", "[]", "there is no setting 'Isuers'")]
    [InlineData("ListenUrls", "[\"http://127.0.0.1:0\"]", "there is no setting 'ListenUrls'")]
    [InlineData("Ocsp:Validity", "\"4 days\"", "'4 days' at 'Ocsp:Validity'")]
    [InlineData("Ocsp:Validity", "\"00:00:01\"", "Ocsp.Validity is 00:00:01: it has to be 5 minutes to 366 days.")]
    [InlineData("Ocsp:Nonce", "\"maybe\"", "'maybe' at 'Ocsp:Nonce'")]
    [InlineData("Ocsp:Nonce", "7", "Ocsp.Nonce is 7")]
    [InlineData("Ocsp:UnknownSerial", "7", "Ocsp.UnknownSerial is 7")]
    [InlineData("Ocsp:ResponderId", "7", "Ocsp.ResponderId is 7")]
    [InlineData("Ocsp:PreparedHashes", "[\"Sha1\", \"Md5\"]", "'Md5' at 'Ocsp:PreparedHashes:1'")]
    [InlineData("Ocsp:PreparedHashes", "\"Sha1\"", "'Sha1' at 'Ocsp:PreparedHashes'")]
    [InlineData("Ocsp", "\"fast\"", "'fast' at 'Ocsp'")]
    [InlineData("Http:MaxRequestLength", "\"many\"", "'many' at 'Http:MaxRequestLength'")]
    [InlineData("Http:MaxRequestLength", "100", "Http.MaxRequestLength is 100: it has to be 128 to 16384.")]
    [InlineData("Http:MaxAgeGood", "\"25:00:00\"", "Http.MaxAgeGood is 25.00:00:00: it has to be 0 to 24 hours.")]
    [InlineData("Connections:MaxConnections", "0", "Connections.MaxConnections: has to be 1 or more.")]
    [InlineData("Connections:RequestHeadersTimeout", "\"00:00:00\"", "Connections.RequestHeadersTimeout: has to be positive.")]
    [InlineData("Listen", "\"http://127.0.0.1:0\"", "'http://127.0.0.1:0' at 'Listen'")]
    [InlineData("Listen", "[\"https://127.0.0.1:0\"]", "Listen: 'https://127.0.0.1:0' has to be of the form")]
    [InlineData("Listen", "[\"127.0.0.1\"]", "Listen: '127.0.0.1' has to be of the form")]
    [InlineData("Listen", "[\"http://127.0.0.1:70000\"]", "Listen: 'http://127.0.0.1:70000' has to be of the form")]
    [InlineData("Listen", "[\"http://localhost:0\"]", "Listen: 'http://localhost:0'")]
    [InlineData("Management", "\"http://no.such.host:9090\"", "Management: 'http://no.such.host:9090' has to be of the form")]
    [InlineData("Issuers", "[]", "Issuers: name one CA at least")]
    [InlineData("Issuers", "{ \"Certificate\": \"ca.pem\" }", "Issuers:Certificate")]
    [InlineData("Issuers", "[{ \"Certificate\": \"ca.pem\", \"Signr\": {} }]", "there is no setting 'Issuers:0:Signr'")]
    [InlineData("Issuers", "[{ \"Signer\": { \"Keys\": \"a\" } }]", "there is no setting 'Issuers:0:Signer:Keys'")]
    [InlineData("Ocsp:SnapshotDirectory", "\"none/snapshots\"", "/none/snapshots' cannot be made: the directory above it is not there.")]
    [InlineData("Ocsp:SnapshotDirectory", "\"/dev/null\"", "Ocsp.SnapshotDirectory: '/dev/null' is a file and not a directory.")]
    [InlineData("Ocsp:SnapshotDirectory", "\"/tmp\"", "Ocsp.SnapshotDirectory: '/tmp' can be written by everybody;")]
    [InlineData("Ocsp:SnapshotDirectory", "\"/proc/snapshots\"", "Ocsp.SnapshotDirectory: '/proc/snapshots' cannot be made: ")]
    [InlineData("Ocsp:SnapshotInterval", "\"00:00:00\"", "Ocsp.SnapshotInterval is 00:00:00: it has to be 1 second to 1 day.")]
    [InlineData("Ocsp:ServeBeforeSync", "\"perhaps\"", "'perhaps' at 'Ocsp:ServeBeforeSync'")]
    [InlineData("Ocsp:ServeBeforeSync", "7", "Ocsp.ServeBeforeSync is 7")]
    [InlineData("Ocsp:SyncTimeout", "\"00:02:00\"", "Ocsp.SyncTimeout is 00:02:00: it has to be positive and at most a minute.")]
    [InlineData("Ocsp", "{ \"Validity\": \"2.00:00:00\", \"RefreshBy\": \"3.00:00:00\" }", "Ocsp.RefreshBy is 3.00:00:00: it has to be less than Validity, 2.00:00:00.")]
    [InlineData("Ocsp", "{ \"RefreshAfter\": \"3.00:00:00\" }", "Ocsp.RefreshAfter is 3.00:00:00: it has to be positive and not after RefreshBy, 1.18:00:00.")]
    [InlineData("Ocsp", "{ \"PublicCaProfile\": true, \"Validity\": \"9.00:00:00\", \"RefreshBy\": \"5.00:00:00\" }", "Ocsp.RefreshBy is 5.00:00:00: it has to be less than 4.00:00:00 with this Validity in the public CA profile.")]
    [InlineData("Ocsp:MaxLiveSignaturesPerSecond", "0", "Ocsp.MaxLiveSignaturesPerSecond is 0: it has to be 1 to 100000.")]
    [InlineData("Pkcs11:MaxSessions", "0", "Pkcs11.MaxSessions is 0: it has to be 1 to 1024.")]
    [InlineData("Pkcs11:CallLimit", "\"00:10:00\"", "Pkcs11.CallLimit is 00:10:00: it has to be 10 ms to 5 minutes.")]
    [InlineData("Pkcs11:MaxSesions", "1", "there is no setting 'Pkcs11:MaxSesions'")]
    [InlineData("Pkcs11:PinPrompt", "1", "there is no setting 'Pkcs11:PinPrompt'")]
    public async Task Wrong_setting_ends_the_start_with_a_message_that_names_it(string name, string value, string message) =>
        AssertOneMessage(await RunAsync(_configuration.Set(name, JsonNode.Parse(value)!).Write()), $"{_configuration.FilePath}: ", message);

    [Theory]
    [InlineData("Key", "\"pkcs11:token=a\"", "Issuers[0].Signer.Key: does not say which module to use; add '?module-path='")]
    [InlineData("Key", "[\"pkcs11:token=a?module-path=m\", \"pkcs11:tokn=a?module-path=m\"]", "Issuers[0].Signer.Key[1]: The attribute 'tokn' of a PKCS #11 URI is not supported")]
    [InlineData("Key", "[\"pkcs11:token=a?module-path=m\", \"ocsp.key\"]", "Issuers[0].Signer.Key[1]: is no pkcs11: URI")]
    [InlineData("Key", "[\"pkcs11:token=a?module-path=m\", \"pkcs11:token=a?module-path=m\"]", "Issuers[0].Signer.Key[1]: is there twice.")]
    [InlineData("Key", "\"pkcs11:token=a?module-path=m&pin-source=file:\"", "Issuers[0].Signer.Key: pin-source has to be file:PATH or env:NAME.")]
    [InlineData("Key", "\"pkcs11:token=a?module-path=m%00\"", "Issuers[0].Signer.Key: contains a NUL character")]
    [InlineData("Key", "[]", "Issuers[0].Signer.Key: is missing")]
    [InlineData("Key", "[null]", "Issuers[0].Signer.Key: is missing")]
    [InlineData("Key", "[[\"a\"]]", "Issuers:0:Signer:Key:0:0")]
    [InlineData("Algorithm", "\"RSASSA-PSS\"", "Issuers[0].Signer.Algorithm: 'RSASSA-PSS' is no signature algorithm; there are ecdsa-with-SHA256, ")]
    public async Task Wrong_setting_of_a_signer_is_named(string name, string value, string message)
    {
        _configuration.Issuers[0]!["Signer"]![name] = JsonNode.Parse(value);
        AssertOneMessage(await RunAsync(_configuration.Write()), $"{_configuration.FilePath}: ", message);
    }

    [Theory]
    [InlineData("Directory", "\"\"", "Issuers[0].Crl.Directory: is missing; name where the CRLs are published.")]
    [InlineData("Key", "\"\"", "Issuers[0].Crl.Key: is missing; name the private key that signs CRLs: the CA's own, by a path or a pkcs11: URI.")]
    [InlineData("Passphrase", "\"secret\"", "Issuers[0].Crl.Passphrase: has to be file:PATH or env:NAME")]
    [InlineData("Path", "\"crl\"", "Issuers[0].Crl.Path: 'crl' has to be a path such as /crl")]
    [InlineData("Path", "\"/a/../crl\"", "Issuers[0].Crl.Path: '/a/../crl' has to be a path such as /crl")]
    [InlineData("Validity", "\"12:00:00\"", "Issuers[0].Crl.Validity has to be longer than Interval")]
    [InlineData("DeltaValidity", "\"12:00:00\"", "Issuers[0].Crl.DeltaInterval is missing")]
    [InlineData("MaxUnexplainedLoss", "2", "Issuers[0].Crl.MaxUnexplainedLoss has to be 0 to 1")]
    [InlineData("Uri", "\"crl.example/ca.crl\"", "Issuers[0].Crl.Uri: 'crl.example/ca.crl' is no URI")]
    [InlineData("CaIssuers", "[\"ca.cer\"]", "Issuers[0].Crl.CaIssuers[0]: 'ca.cer' is no URI")]
    [InlineData("FreshestUri", "\"http://crl.example/d.crl\"", "Issuers[0].Crl.FreshestUri: says where delta CRLs are, but without DeltaInterval there are none.")]
    [InlineData("Shards", "{ \"Count\": 2, \"Uri\": \"http://crl.example/s.crl\" }", "Issuers[0].Crl.Shards.Uri: 'http://crl.example/s.crl' is the same for all shards")]
    [InlineData("Shards", "{ \"Count\": 0, \"Uri\": \"http://crl.example/{0}\" }", "Issuers[0].Crl.Shards.Count: has to be 1 to 10000.")]
    [InlineData("Shards", "{ \"Count\": 1, \"Uri\": \"http://crl.example/{1}\" }", "Issuers[0].Crl.Shards.Uri: 'http://crl.example/{1}' cannot be read")]
    [InlineData("Shards", "{ \"Count\": 1 }", "Issuers[0].Crl.Shards.Uri: is missing")]
    [InlineData("KeepExpiredSince", "\"long ago\"", "'long ago' at 'Issuers:0:Crl:KeepExpiredSince'")]
    [InlineData("BaselineRequirements", "true", "Issuers[0].Crl.Validity is at most 10 days by the Baseline Requirements")]
    [InlineData("Distribution", "\"push\"", "Issuers[0].Crl.Distribution: 'push' is neither 'publish' nor 'receive'.")]
    [InlineData("Distribution", "\"publish\"", "Issuers[0].Crl.Distribution: needs the section Galera, with Nodes and the user Publisher.")]
    [InlineData("Distribution", "\"receive\"", "Issuers[0].Crl.Distribution: needs the section Galera, with Nodes and the user Edge.")]
    [InlineData("PublishedUri", "\"http://crl.example/crl/published\"", "Issuers[0].Crl.PublishedUri: says where others find what is published here")]
    [InlineData("Interva", "1", "there is no setting 'Issuers:0:Crl:Interva'")]
    public async Task Wrong_setting_of_CRLs_is_named(string name, string value, string message)
    {
        _configuration.Issuers[0]!["Crl"] = new JsonObject { ["Directory"] = "crl", ["Key"] = "ca.key", ["Validity"] = "20.00:00:00" };
        _configuration.Issuers[0]!["Crl"]![name] = JsonNode.Parse(value);
        AssertOneMessage(await RunAsync(_configuration.Write()), $"{_configuration.FilePath}: ", message);
    }

    [Theory]
    [InlineData("{ \"Path\": \"a.crl\" }", "Issuers[0]: has both Index and CrlSource; one of them has to say what is revoked.")]
    [InlineData("{ \"Pth\": \"a.crl\" }", "there is no setting 'Issuers:0:CrlSource:Pth'")]
    public async Task Wrong_source_is_named(string value, string message)
    {
        _configuration.Issuers[0]!["CrlSource"] = JsonNode.Parse(value);
        AssertOneMessage(await RunAsync(_configuration.Write()), message);
    }

    [Theory]
    [InlineData("{ \"UnlistedAreGood\": true }", "Issuers[0].CrlSource.Path: is missing; name a CRL, or a directory of them.")]
    [InlineData("{ \"Path\": \"a.crl\", \"CrlIssuers\": [\"\"] }", "Issuers[0].CrlSource.CrlIssuers[0]: is missing; name a certificate.")]
    [InlineData("{ \"Path\": \"a.crl\", \"IssuedSerials\": \"b\", \"UnlistedAreGood\": true }", "Issuers[0].CrlSource: UnlistedAreGood and IssuedSerials contradict each other")]
    public async Task Wrong_setting_of_a_CRL_source_is_named(string value, string message)
    {
        ((JsonObject)_configuration.Issuers[0]!).Remove("Index");
        _configuration.Issuers[0]!["CrlSource"] = JsonNode.Parse(value);
        AssertOneMessage(await RunAsync(_configuration.Write()), message);
    }

    [Fact]
    public async Task CRLs_cannot_be_their_own_source()
    {
        var issuer = (JsonObject)_configuration.Issuers[0]!;
        issuer.Remove("Index");
        issuer["Crl"] = new JsonObject { ["Directory"] = "crl", ["Key"] = "ca.key" };
        issuer["CrlSource"] = new JsonObject { ["Path"] = "crl/current" };
        AssertOneMessage(await RunAsync(_configuration.Write()), "Issuers[0].CrlSource.Path: ", "they cannot rest on themselves.");
    }

    [Fact]
    public async Task Two_CAs_cannot_publish_in_one_place()
    {
        _configuration.Add("b.pem", "b.txt", "b-ocsp.pem", "b-ocsp.key");
        foreach (JsonNode? issuer in _configuration.Issuers)
        {
            issuer!["Crl"] = new JsonObject { ["Directory"] = "crl", ["Key"] = "ca.key" };
        }

        ToolResult result = await RunAsync(_configuration.Write());
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("Issuers[1].Crl.Path: '/crl' is that of Issuers[0] too; each needs one of its own.", result.Error, StringComparison.Ordinal);
        Assert.Contains("Issuers[1].Crl.Directory: ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PIN_in_a_URI_is_refused_and_not_repeated()
    {
        _configuration.Issuers[0]!["Signer"]!["Key"] = "pkcs11:token=a?module-path=m&pin-value=471100815";
        ToolResult result = await RunAsync(_configuration.Write());
        AssertOneMessage(result, "Issuers[0].Signer.Key: ", "must not contain the PIN");
        Assert.DoesNotContain("471100815", result.Error + result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RESPONDER_Issuers__0__Signer__Key", "pkcs11:token=b", "Signer.Key: does not say which module")]
    [InlineData("RESPONDER_Issuers__0__Signer__Key__1", "pkcs11:token=b", "Signer.Key[1]: does not say which module")]
    public async Task Key_in_the_environment_replaces_a_key_or_one_of_a_list(string variable, string value, string message)
    {
        _configuration.Issuers[0]!["Signer"]!["Key"] = new JsonArray("pkcs11:token=a?module-path=m", "pkcs11:token=c?module-path=m");
        var options = new ToolOptions { Timeout = TimeSpan.FromSeconds(20), Environment = new Dictionary<string, string?> { [variable] = value } };
        AssertOneMessage(await ResponderProcess.RunAsync(["serve", "--config", _configuration.Write()], Cancellation, options), message);
    }

    [Theory]
    [InlineData("\"Management\": null")]
    [InlineData("\"Ocsp\": null, \"Http\": null, \"Connections\": null, \"Listen\": null")]
    [InlineData("\"Ocsp\": {}, \"Http\": {}, \"Connections\": {}")]
    [InlineData("\"Ocsp\": { \"Validity\": null, \"PreparedHashes\": null }")]
    public async Task Null_counts_as_not_set(string settings)
    {
        await File.WriteAllTextAsync(_configuration.FilePath, $"{{ {settings} }}", Cancellation);
        AssertOneMessage(await RunAsync(_configuration.FilePath), "Issuers: name one CA at least");
    }

    [Theory]
    [InlineData("\"Issuers\": null", "Issuers: name one CA at least")]
    [InlineData("\"Issuers\": [null]", "Issuers[0].Certificate: is missing")]
    [InlineData("\"Issuers\": [{ \"Certificate\": null, \"Signer\": null }]", "Issuers[0].Certificate: is missing")]
    [InlineData("\"Listen\": [null]", "Listen: ")]
    [InlineData("\"Ocsp\": { \"PreparedHashes\": [null] }", "Issuers: name one CA at least")]
    [InlineData("\"Issuers\": [{ \"Certificate\": \"a\\u0000b\" }]", "Issuers[0].Certificate: contains a NUL character")]
    public async Task Null_or_NUL_where_a_value_is_needed_is_named(string settings, string message)
    {
        await File.WriteAllTextAsync(_configuration.FilePath, $"{{ {settings} }}", Cancellation);
        ToolResult result = await RunAsync(_configuration.FilePath);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_missing_fields_of_an_issuer_are_named_at_once()
    {
        ToolResult result = await RunAsync(_configuration.Set("Issuers", new JsonArray(new JsonObject())).Write());
        Assert.Equal(1, result.ExitCode);
        Assert.Equal(3, result.Error.Trim().Split('\n').Length);
        Assert.All(["Issuers[0].Certificate", "Issuers[0].Index", "Issuers[0].Signer.Key"], name => Assert.Contains(name, result.Error, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{\n  \"Listen\": [\n    oops\n  ]\n}", "responder.json, line 3: ")]
    [InlineData("{\n  \"Issuers\": [", "responder.json, line 2: ")]
    [InlineData("[]", "responder.json: Top-level JSON element must be an object.")]
    public async Task Bad_json_is_named_by_its_line(string json, string message)
    {
        await File.WriteAllTextAsync(_configuration.FilePath, json, Cancellation);
        AssertOneMessage(await RunAsync(_configuration.FilePath), message);
    }

    [Fact]
    public async Task Missing_file_is_named() =>
        AssertOneMessage(await RunAsync(_directory.File("none.json")), "The configuration cannot be read: ", _directory.File("none.json"));

    [Fact]
    public async Task Passphrase_in_the_file_is_refused_and_not_repeated()
    {
        _configuration.Issuers.Clear();
        ToolResult result = await RunAsync(_configuration.Add("ca.pem", "index.txt", "ocsp.pem", "ocsp.key", "correct horse").Write());
        AssertOneMessage(result, "Issuers[0].Signer.Passphrase: has to be file:PATH or env:NAME");
        Assert.DoesNotContain("correct horse", result.Error + result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Listen")]
    [InlineData("Management")]
    public async Task Port_in_use_is_named_with_its_setting(string setting)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}");
        ToolResult result = await RunAsync(_configuration.Set(setting, setting == "Listen" ? new JsonArray(url) : url).Write());
        AssertOneMessage(result, $"{setting}: cannot listen on {url}: ", "address already in use");
    }

    [Fact]
    public async Task The_same_CA_twice_is_refused()
    {
        DemoCa ca = DemoCa.Create(_directory.File("ca"), new DemoCaOptions(), TimeProvider.System);
        _configuration.Issuers.Clear();
        AssertOneMessage(await RunAsync(_configuration.Add(ca).Add(ca).Write()), "is the same CA as another of the Issuers");
    }

    [Fact]
    public async Task Variables_of_the_environment_win_over_the_file()
    {
        DemoCa ca = DemoCa.Create(_directory.File("ca"), new DemoCaOptions(), TimeProvider.System);
        _configuration.Issuers.Clear();
        string path = _configuration.Add(ca).Set("Http:MaxAgeGood", "00:01:00").Write();
        var environment = new Dictionary<string, string?> { ["RESPONDER_Http__MaxAgeGood"] = "00:00:05" };
        await using ResponderProcess responder = await ResponderProcess.StartAsync(["serve", "--config", path], environment: environment, cancellationToken: Cancellation);
        string target = Uri.EscapeDataString(Convert.ToBase64String(OcspRequestEncoder.FromFiles(ca.CaPath, ca.GoodPath)));
        Assert.StartsWith("max-age=5,", (await RawHttp.GetAsync(responder.Url, "/" + target, Cancellation))["Cache-Control"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_variable_of_the_environment_is_refused()
    {
        var options = new ToolOptions { Timeout = TimeSpan.FromSeconds(20), Environment = new Dictionary<string, string?> { ["RESPONDER_Ocps__Validity"] = "1" } };
        AssertOneMessage(await ResponderProcess.RunAsync(["serve", "--config", _configuration.Write()], Cancellation, options), "there is no setting 'Ocps'", "RESPONDER_");
    }

    [Fact]
    public async Task Paths_are_relative_to_the_file()
    {
        DemoCa.Create(_directory.File("ca"), new DemoCaOptions(), TimeProvider.System);
        _configuration.Issuers.Clear();
        string path = _configuration.Add("ca/ca.pem", "ca/index.txt", "ca/ocsp.pem", "ca/private/ocsp.key").Write();
        await using ResponderProcess responder = await ResponderProcess.StartAsync(["serve", "--config", path, "--strict"], workingDirectory: "/", cancellationToken: Cancellation);
        Assert.Equal(HttpStatusCode.OK, (await responder.GetAsync("readyz", Cancellation)).Status);
    }

    private static Task<ToolResult> RunAsync(string path) => ResponderProcess.RunAsync(["serve", "--config", path], Cancellation);

    private static void AssertOneMessage(ToolResult result, params string[] parts)
    {
        Assert.True(result.ExitCode == 1, result.ToString());
        string line = Assert.Single(result.Error.Trim().Split('\n'));
        Assert.All(parts, part => Assert.Contains(part, line, StringComparison.Ordinal));
        Assert.DoesNotContain("Exception", line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Output, StringComparison.Ordinal);
    }
}
