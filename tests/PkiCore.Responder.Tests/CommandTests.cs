using PkiCore.Ocsp;
using PkiCore.Responder.Demo;

namespace PkiCore.Responder.Tests;

/// <summary>The command line: help, <c>serve</c> with the flags of openssl, and <c>demo</c> with the commands that it prints.</summary>
public sealed class CommandTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("", "Answers OCSP requests|demo |serve |check <FILE> |crl |hsm |--version")]
    [InlineData("demo", "--directory <DIR>|[default: demo-ca]|--port <PORT>|[default: 8080]|--management <URL>|--hsm|--galera <FILE>")]
    [InlineData("serve", "--config <FILE>|--index <FILE>|--CA <FILE>|--rsigner <FILE>|--rkey <FILE|--passin <SOURCE>|--port <PORT>|--ndays <N>|--nmin <N>|--snapshots <DIR>|--strict")]
    [InlineData("hsm", "list <URI>|test <URI>|bench <URI>")]
    [InlineData("hsm list", "--module <FILE>|--pin-source <SOURCE>")]
    [InlineData("hsm test", "<URI>...|--certificate <FILE>|--algorithm <NAME>|RSASSA-PSS-SHA256|Exit status: 0 all keys sign, 1 one does not.")]
    [InlineData("hsm bench", "--seconds <N>|--sessions <N>|--verify|--algorithm <NAME>")]
    [InlineData("check", "<FILE>|--CA <FILE>|--config <FILE>|Exit status: 0 a verified response or a request, 1 an unreadable file, 2 a response that does not verify, or a configuration with a fault.")]
    [InlineData("crl", "build |show <FILE>|verify <FILE>|diff <A> <B>")]
    [InlineData("crl build", "--ca, --CA <FILE> (REQUIRED)|--key <FILE|--passin <SOURCE>|--index <FILE> (REQUIRED)|--out <DIR> (REQUIRED)|--days <N>|--hours <N>|--delta|--shards <N>|--uri <URI>|--freshest <URI>|--number <N>|--baseline|Exit status: 0 published, 1 not")]
    [InlineData("crl show", "--entries <N>|[default: 20]|--serial <HEX>|Exit status: 0 printed (with --serial: listed), 1 not a CRL, 2 with --serial: not listed.")]
    [InlineData("crl verify", "<FILE>|--base <FILE>|--baseline|Exit status: 0 all of it holds, 1 something does not")]
    [InlineData("crl diff", "<A>|<B>|--entries <N>|Exit status as of diff: 0 the same entries, whatever else differs, 1 others, 2 trouble.")]
    public async Task Help_names_every_option(string command, string parts)
    {
        ToolResult result = await ResponderProcess.RunAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"], Cancellation);
        Assert.Equal(0, result.ExitCode);
        Assert.Empty(result.Error);
        Assert.All(parts.Split('|'), part => Assert.Contains(part, result.Output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("serve", "Name a configuration with --config, or one CA with --index, --CA and --rkey.")]
    [InlineData("serve --config a --index b", "--config cannot be combined with")]
    [InlineData("serve --bogus", "'--bogus'")]
    [InlineData("serve --index a --port many", "'many'")]
    [InlineData("serve --port many", "'many'")]
    [InlineData("serve --ndays x", "'x'")]
    [InlineData("serve --port 70000", "--port is 70000: it has to be 0 to 65535.")]
    [InlineData("serve --nmin 5", "Name a configuration with --config, or one CA with")]
    [InlineData("serve --config a --snapshots b", "--snapshots: cannot be combined with --config")]
    [InlineData("serve --index a --CA b --rkey c --snapshots d/e", "d/e' cannot be made: the directory above it is not there.")]
    [InlineData("serve --index a --CA b", "Issuers[0].Signer.Key: is missing")]
    [InlineData("serve --index a --CA b --rkey c --ndays -1", "--ndays is -1: it has to be 0 to 366.")]
    [InlineData("serve --index a --CA b --rkey c --ndays 2147483647", "--ndays is 2147483647: it has to be 0 to 366.")]
    [InlineData("serve --index a --CA b --rkey c --ndays 1 --nmin -1", "--nmin is -1: it has to be")]
    [InlineData("serve --config a --ndays 1 --port 80", "--port, --ndays: cannot be combined with --config")]
    [InlineData("serve --config a --nmin 1 --passin env:A --management x", "--passin, --nmin, --management: cannot be combined with --config")]
    [InlineData("serve --index a --CA b --rkey c --port 70000", "--port is 70000: it has to be 0 to 65535.")]
    [InlineData("demo --port -1", "Listen: 'http://127.0.0.1:-1/'")]
    [InlineData("serve --index a --CA b --rkey c --rkey d", "Issuers[0].Signer.Key[1]: is no pkcs11: URI; several keys have to be one key on several tokens.")]
    [InlineData("serve --index a --CA b --rkey pkcs11:token=t", "Issuers[0].Signer.Key: does not say which module to use")]
    [InlineData("hsm list", "Name either a pkcs11: URI or a library with --module.")]
    [InlineData("hsm list --module a --pin-source 1234", "--pin-source: has to be file:PATH or env:NAME")]
    [InlineData("hsm list --module none.so", "none.so' is not there; module-path has to name a shared library")]
    [InlineData("hsm bench --seconds abc pkcs11:token=a", "--seconds has to be 0.1 to 600.")]
    [InlineData("hsm bench --sessions abc pkcs11:token=a", "--sessions has to be 1 to 1024.")]
    [InlineData("hsm test key.pem", "A PKCS #11 URI begins with 'pkcs11:'.")]
    [InlineData("hsm test --algorithm MD5 pkcs11:token=a", "--algorithm: 'MD5' is no signature algorithm; there are ecdsa-with-SHA256,")]
    [InlineData("hsm bench --seconds 0 pkcs11:token=a", "--seconds has to be 0.1 to 600.")]
    [InlineData("hsm bench --sessions 0 pkcs11:token=a", "--sessions has to be 1 to 1024.")]
    [InlineData("check", "Name either FILE or --config.")]
    [InlineData("check a --config b", "Name either FILE or --config.")]
    [InlineData("check --config b --CA c", "--CA: cannot be combined with --config.")]
    [InlineData("frobnicate", "'frobnicate'")]
    public async Task Wrong_command_line_ends_with_1_and_says_why(string arguments, string message)
    {
        ToolResult result = await ResponderProcess.RunAsync(
            arguments.Split(' '), Cancellation, new ToolOptions { Timeout = s_limit, WorkingDirectory = _directory.FullPath });
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory.FullPath));
    }

    [Fact]
    public async Task Serve_takes_the_flags_of_openssl_ocsp()
    {
        DemoCa ca = DemoCa.Create(_directory.File("ca"), new DemoCaOptions(), TimeProvider.System);
        await using ResponderProcess responder = await ResponderProcess.StartAsync(
            ["serve", "--index", "ca/index.txt", "--CA", "ca/ca.pem", "--rsigner", "ca/ocsp.pem", "--rkey", "ca/private/ocsp.key", "--port", "0", "--ndays", "1", "--nmin", "30", "--snapshots", "signed/", "--management", "http://127.0.0.1:0"],
            workingDirectory: _directory.FullPath,
            cancellationToken: Cancellation);
        OcspResponse? response = OcspResponse.Parse(await responder.PostAsync(OcspRequestEncoder.FromFiles(ca.CaPath, ca.GoodPath), Cancellation));
        OcspSingleResponse single = Assert.Single(response!.Responses);
        Assert.Equal(OcspCertificateStatus.Good, single.Status);
        Assert.Equal(new TimeSpan(24, 30, 0), single.NextUpdate - single.ThisUpdate);
        Assert.Equal(0, await responder.StopAsync(Cancellation));
        Assert.Single(Directory.GetFiles(_directory.File("signed"), "*.table"));
    }

    [Fact]
    public async Task Serve_without_a_signer_certificate_signs_as_the_CA()
    {
        DemoCa ca = DemoCa.Create(_directory.File("ca"), new DemoCaOptions(), TimeProvider.System);
        await using ResponderProcess responder = await ResponderProcess.StartAsync(
            ["serve", "--index", ca.IndexPath, "--CA", ca.CaPath, "--rkey", ca.CaKeyPath, "--port", "0", "--management", "http://127.0.0.1:0"], cancellationToken: Cancellation);
        OcspResponse? response = OcspResponse.Parse(await responder.PostAsync(OcspRequestEncoder.FromFiles(ca.CaPath, ca.GoodPath), Cancellation));
        Assert.Empty(response!.Certificates);
    }

    [Fact]
    public async Task Demo_prints_commands_that_work_as_they_are()
    {
        await using ResponderProcess responder = await StartDemoAsync();
        await responder.WaitForOutputAsync("Stop with Ctrl+C.", Cancellation);
        string[] commands = [.. responder.Output.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("openssl ", StringComparison.Ordinal) || line.StartsWith("curl ", StringComparison.Ordinal))];
        Assert.Equal(9, commands.Length);

        Assert.Contains("good.pem: good", await ShellAsync(commands[0]), StringComparison.Ordinal);
        string revoked = await ShellAsync(commands[1]);
        Assert.Contains("revoked.pem: revoked", revoked, StringComparison.Ordinal);
        Assert.Contains("Reason: keyCompromise", revoked, StringComparison.Ordinal);
        Assert.Contains("unauthorized (6)", await ShellAsync(commands[2]), StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 200 OK", await ShellAsync(commands[3]), StringComparison.Ordinal);
        string file = await ShellAsync(commands[4]);
        Assert.Contains("good.pem: good", file, StringComparison.Ordinal);
        Assert.Contains("Response verify OK", file, StringComparison.Ordinal);
        Assert.Contains("Revoking Certificate", await ShellAsync(commands[5]), StringComparison.Ordinal);
        await Eventually.HoldsAsync("revoked", async () => (await ShellAsync(commands[0])).Contains("good.pem: revoked", StringComparison.Ordinal), Cancellation);

        await Eventually.HoldsAsync("the delta CRL tells", async () =>
        {
            await ShellAsync(commands[6]);
            return (await ShellAsync(commands[8])).Contains("certificate revoked", StringComparison.Ordinal);
        }, Cancellation);
        Assert.Contains("good.pem: OK", await ShellAsync(commands[7]), StringComparison.Ordinal); // the complete CRL comes later

        Assert.Contains($"{responder.Management}healthz", responder.Output, StringComparison.Ordinal);
        Assert.Equal(0, await responder.StopAsync(Cancellation));
    }

    [Fact]
    public async Task Demo_uses_the_CA_that_is_there()
    {
        int port;
        await using (ResponderProcess first = await StartDemoAsync())
        {
            port = first.Url.Port;
        }

        string before = await File.ReadAllTextAsync(_directory.File("demo-ca/ca.pem"), Cancellation);
        await using ResponderProcess again = await StartDemoAsync();
        Assert.Contains("5 certificates from the snapshot", again.Output, StringComparison.Ordinal);
        Assert.Contains($"OCSP;URI:http://127.0.0.1:{port}/", await File.ReadAllTextAsync(_directory.File("demo-ca/openssl.cnf"), Cancellation), StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(_directory.File("demo-ca/ca.pem"), Cancellation));
        byte[] request = OcspRequestEncoder.FromFiles(_directory.File("demo-ca/ca.pem"), _directory.File("demo-ca/good.pem"));
        Assert.True((await again.PostAsync(request, Cancellation)).Length > 5);
    }

    [Fact]
    public async Task Demo_refuses_an_incomplete_or_foreign_folder()
    {
        await (await StartDemoAsync()).DisposeAsync();
        File.Delete(_directory.File("demo-ca/private/ocsp.key"));
        ToolResult incomplete = await ResponderProcess.RunAsync(["demo", "--directory", _directory.File("demo-ca")], Cancellation);
        Assert.Equal(1, incomplete.ExitCode);
        Assert.StartsWith("--directory: ", incomplete.Error, StringComparison.Ordinal);
        Assert.Contains("missing: private/ocsp.key", incomplete.Error, StringComparison.Ordinal);

        ToolResult foreign = await ResponderProcess.RunAsync(["demo", "--directory", _directory.FullPath], Cancellation);
        Assert.Equal(1, foreign.ExitCode);
        Assert.Contains("holds no demonstration CA", foreign.Error, StringComparison.Ordinal);
    }

    private Task<ResponderProcess> StartDemoAsync() => ResponderProcess.StartAsync(
        ["demo", "--port", "0", "--management", "http://127.0.0.1:0"], workingDirectory: _directory.FullPath, cancellationToken: Cancellation);

    private async Task<string> ShellAsync(string command)
    {
        ToolResult result = await ToolProcess.RunAsync("sh", ["-c", command], new ToolOptions { Timeout = s_limit, WorkingDirectory = _directory.FullPath }, Cancellation);
        return result.Output + result.Error;
    }
}
