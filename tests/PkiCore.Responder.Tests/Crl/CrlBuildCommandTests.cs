using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl;
using PkiCore.Responder.Demo;

namespace PkiCore.Responder.Tests.Crl;

/// <summary><c>crl build</c>, judged by OpenSSL.</summary>
public sealed class CrlBuildCommandTests : IDisposable
{
    private readonly CrlDemo _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public async Task CRL_lists_what_OpenSSL_lists_and_OpenSSL_believes_it()
    {
        ToolResult built = await _demo.BuildAsync(0);
        string path = _demo.Published("ca.crl");
        Assert.Matches($"^{path}: complete CRL 1, 4 entries, {new FileInfo(path).Length} bytes, 2.*Z to 2.*Z\n$", built.Output);
        Assert.Empty(built.Error);

        Assert.Contains("verify OK", (await CrlDemo.OpenSslAsync("crl", "-in", path, "-CAfile", _demo.Ca.CaPath, "-noout")).Error, StringComparison.Ordinal);
        await CrlDemo.RunAsync(0, "diff", await _demo.WriteByOpenSslAsync("openssl.pem"), path);
        await CrlDemo.OpenSslAsync("verify", "-CAfile", _demo.Ca.CaPath, "-CRLfile", path, "-crl_check", _demo.Ca.GoodPath);
        ToolException revoked = await Assert.ThrowsAsync<ToolException>(() => CrlDemo.OpenSslAsync("verify", "-CAfile", _demo.Ca.CaPath, "-CRLfile", path, "-crl_check", _demo.Ca.RevokedPath));
        Assert.Contains("certificate revoked", revoked.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_publication_has_one_number_more_and_at_least_the_one_given()
    {
        await _demo.BuildAsync(0);
        Assert.Contains("complete CRL 2,", (await _demo.BuildAsync(0)).Output, StringComparison.Ordinal);
        Assert.Contains("complete CRL 4096,", (await _demo.BuildAsync(0, "--number", "0x1000")).Output, StringComparison.Ordinal);
        Assert.Contains("complete CRL 4097,", (await _demo.BuildAsync(0, "--number", "12")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("4.00:00:00")]
    [InlineData("10.00:00:00", "--days", "10")]
    [InlineData("1.06:00:00", "--days", "1", "--hours", "6")]
    [InlineData("06:00:00", "--hours", "6")]
    public async Task Validity_is_as_wanted(string expected, params string[] arguments)
    {
        await _demo.BuildAsync(0, arguments);
        using CrlReader crl = CrlReader.Open(_demo.Published("ca.crl"));
        Assert.Equal(TimeSpan.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), crl.NextUpdate - crl.ThisUpdate);
    }

    [Fact]
    [Requirement("CX-4")]
    public async Task Delta_CRL_adds_to_the_complete_one_that_stays()
    {
        await _demo.BuildAsync(0);
        byte[] complete = await ReadAsync("ca.crl");
        DemoCertificate late = _demo.Ca.Issue("late.example");
        _demo.Ca.Revoke(late.Serial, X509RevocationReason.Superseded);

        ToolResult built = await _demo.BuildAsync(0, "--delta", "--hours", "6");
        Assert.Matches($"^{_demo.Published("ca-delta.crl")}: delta CRL 2 to 1, 1 entries, .*\n$", built.Output);
        Assert.Equal(complete, await ReadAsync("ca.crl"));
        ToolResult verified = await CrlDemo.RunAsync(0, "verify", _demo.Published("ca-delta.crl"), "--ca", _demo.Ca.CaPath, "--base", _demo.Published("ca.crl"));
        Assert.Contains("together 5 entries", verified.Output, StringComparison.Ordinal);
        Assert.Contains("verify OK", (await CrlDemo.OpenSslAsync("crl", "-in", _demo.Published("ca-delta.crl"), "-CAfile", _demo.Ca.CaPath, "-noout")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Complete_CRL_renews_the_delta_CRL_that_is_there_for_as_long_as_it_held()
    {
        await _demo.BuildAsync(0);
        Assert.DoesNotContain("ca-delta", (await _demo.BuildAsync(0)).Output, StringComparison.Ordinal);
        await _demo.BuildAsync(0, "--delta", "--hours", "6");
        _demo.Ca.Revoke(_demo.Ca.Issue("late.example").Serial, X509RevocationReason.Superseded);

        ToolResult built = await _demo.BuildAsync(0);
        Assert.Contains("ca-delta.crl: delta CRL 4 to 2, 1 entries", built.Output, StringComparison.Ordinal);
        Assert.Contains("ca.crl: complete CRL 4, 5 entries", built.Output, StringComparison.Ordinal);
        using CrlReader delta = CrlReader.Open(_demo.Published("ca-delta.crl"));
        Assert.Equal(TimeSpan.FromHours(6), delta.NextUpdate - delta.ThisUpdate);
    }

    [Fact]
    public async Task Delta_CRL_without_a_complete_one_is_refused()
    {
        ToolResult result = await _demo.BuildAsync(1, "--delta");
        Assert.Equal("Nothing was published: There is no complete CRL 'ca.crl' here yet that a delta CRL could add to: publish a complete one first.\n", result.Error);
        Assert.False(Directory.Exists(_demo.File("published/current")));
    }

    [Fact]
    public async Task Delta_CRL_is_refused_when_the_complete_one_is_not_the_one_it_would_add_to()
    {
        await _demo.BuildAsync(0);
        byte[] first = await ReadAsync("ca.crl");
        await _demo.BuildAsync(0);
        File.Delete(_demo.Published("ca.crl"));
        await File.WriteAllBytesAsync(_demo.Published("ca.crl"), first, TestContext.Current.CancellationToken); // as from a backup
        Assert.Contains("There is no complete CRL 'ca.crl' here yet", (await _demo.BuildAsync(1, "--delta")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shards_have_their_distribution_points_and_all_entries_between_them()
    {
        _demo.Ca.RevokeMany(_demo.Ca.IssueMany(60), X509RevocationReason.Superseded);
        string[] arguments = ["--shards", "3", "--uri", "http://crl.example/shard-{0:000}.crl", "--freshest", "http://crl.example/{0}-delta.crl"];
        await _demo.BuildAsync(0, arguments);
        await _demo.BuildAsync(0, ["--delta", .. arguments]);
        long entries = 0;
        for (int shard = 0; shard < 3; shard++)
        {
            string path = _demo.Published($"shard-00{shard}.crl");
            await CrlDemo.RunAsync(0, "verify", path, "--ca", _demo.Ca.CaPath);
            await CrlDemo.RunAsync(0, "verify", _demo.Published($"shard-00{shard}-delta.crl"), "--ca", _demo.Ca.CaPath, "--base", path);
            using CrlReader crl = CrlReader.Open(path);
            Assert.Equal([$"http://crl.example/shard-00{shard}.crl"], crl.DistributionPoint!.Uris);
            Assert.Equal([$"http://crl.example/{shard}-delta.crl"], crl.FreshestCrl);
            while (crl.TryRead(out _))
            {
            }

            Assert.InRange(crl.EntryCount, 1, 63);
            entries += crl.EntryCount;
        }

        Assert.Equal(64, entries);
    }

    [Fact]
    public async Task Refused_publication_leaves_what_was_there()
    {
        await _demo.BuildAsync(0);
        byte[] before = await ReadAsync("ca.crl");
        DemoCa other = DemoCa.Create(_demo.File("other"), new DemoCaOptions { CaName = "Other CA" }, TimeProvider.System);
        Assert.NotEmpty((await _demo.BuildAsync(1, "--key", other.CaKeyPath)).Error);
        Assert.Contains("certificateHold (6)", (await _demo.BuildAsync(1, "--baseline")).Error, StringComparison.Ordinal);
        Assert.Contains("Validity is at most 10 days by the Baseline Requirements 7.2", (await _demo.BuildAsync(1, "--baseline", "--days", "11")).Error, StringComparison.Ordinal);
        Assert.Contains("its scope is not that of the one before", (await _demo.BuildAsync(1, "--uri", "http://crl.example/ca.crl")).Error, StringComparison.Ordinal);
        _demo.Ca.AppendIndexLine("R\thalf of a li");
        Assert.Contains("Nothing was published: The source was not read completely: ", (await _demo.BuildAsync(1)).Error, StringComparison.Ordinal);
        Assert.Equal(before, await ReadAsync("ca.crl"));
    }

    [Fact]
    public async Task Revocation_that_the_index_takes_back_stays_with_a_warning()
    {
        await _demo.BuildAsync(0);
        _demo.Ca.Unrevoke(SerialOf(_demo.Ca.RevokedPath));
        ToolResult result = await _demo.BuildAsync(0);
        Assert.Contains("complete CRL 2, 4 entries", result.Output, StringComparison.Ordinal);
        Assert.StartsWith("Warning: ALARM: 1 certificate(s) revoked for good are no longer revoked in the source", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--shards: takes --uri too", "--shards", "2")]
    [InlineData("put {0} where", "--shards", "2", "--uri", "http://a/b.crl")]
    [InlineData("'http://a/{1}.crl' cannot be read", "--shards", "2", "--uri", "http://a/{1}.crl")]
    [InlineData("--uri: 'a.crl' is no absolute URI.", "--uri", "a.crl")]
    [InlineData("--freshest: 'delta' is no absolute URI.", "--freshest", "delta")]
    [InlineData("--days is 400: it has to be 0 to 366.", "--days", "400")]
    [InlineData("--number: '-1' is no number from 0.", "--number=-1")]
    [InlineData("Signer.Key: does not say which module to use", "--key", "pkcs11:token=t")]
    [InlineData("Signer.Passphrase: has to be file:PATH or env:NAME", "--passin", "secret")]
    [InlineData("none.key", "--key", "none.key")]
    public async Task Wrong_command_line_ends_with_1_and_makes_nothing(string message, params string[] arguments)
    {
        ToolResult result = await _demo.BuildAsync(1, arguments);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_demo.File("published")));
    }

    [Fact]
    public async Task Missing_index_is_named()
    {
        File.Delete(_demo.Ca.IndexPath);
        Assert.Equal($"--index: '{_demo.Ca.IndexPath}' is not there.\n", (await _demo.BuildAsync(1)).Error);
        Assert.False(Directory.Exists(_demo.File("published")));
    }

    [Fact]
    public async Task Key_with_a_passphrase_signs()
    {
        string key = _demo.File("encrypted.key");
        await CrlDemo.OpenSslAsync("pkcs8", "-topk8", "-in", _demo.Ca.CaKeyPath, "-out", key, "-passout", "pass:tell-nobody");
        await File.WriteAllTextAsync(_demo.File("passphrase"), "tell-nobody\n", TestContext.Current.CancellationToken);
        Assert.Contains("is encrypted", (await _demo.BuildAsync(1, "--key", key)).Error, StringComparison.Ordinal);
        await _demo.BuildAsync(0, "--key", key, "--passin", "file:" + _demo.File("passphrase"));
    }

    [Fact]
    public async Task Key_on_a_token_signs()
    {
        const string Pin = "rare-Pin-4711";
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using FaultyModule module = await FaultyModule.CreateAsync("ca", Pin, cancellation);
        await module.ImportKeyAsync("ca", Pin, _demo.Ca.CaKeyPath, "ca", "01", cancellation);
        File.Delete(_demo.Ca.CaKeyPath); // nothing but the token can sign
        await File.WriteAllTextAsync(_demo.File("pin"), Pin + "\n", cancellation);
        ToolResult result = await _demo.BuildAsync(0, "--key", $"pkcs11:token=ca;object=ca?module-path={module.ModulePath}&pin-source=file:{_demo.File("pin")}");
        Assert.DoesNotContain(Pin, result.ToString(), StringComparison.Ordinal);
        await CrlDemo.RunAsync(0, "verify", _demo.Published("ca.crl"), "--ca", _demo.Ca.CaPath);

        ToolResult missing = await _demo.BuildAsync(1, "--key", $"pkcs11:token=none?module-path={module.ModulePath}&pin-source=file:{_demo.File("pin")}");
        Assert.Contains("no such token", missing.Error, StringComparison.Ordinal);
    }

    private static string SerialOf(string path)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(path);
        return certificate.SerialNumber;
    }

    private Task<byte[]> ReadAsync(string name) => File.ReadAllBytesAsync(_demo.Published(name), TestContext.Current.CancellationToken);
}
