using System.Diagnostics;
using System.Net.Sockets;
using PkiCore.Responder.Demo;
using PkiCore.X509;

namespace PkiCore.Responder.Tests;

/// <summary>nginx, which fetches the answer about its own certificate by GET in HTTP/1.0 and staples it to the handshake.</summary>
public sealed class NginxStaplingTests(DemoFixture fixture) : IClassFixture<DemoFixture>
{
    private const string HostName = "stapling.demo.example";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("HT-2", "HT-5", "HT-6", "T-3", "T-24")]
    public Task Stapled_answer_is_good_and_verifies() => AssertStaplesAsync(fixture.Served, _ => Task.CompletedTask);

    [Theory]
    [InlineData(CertIdHash.Sha1, CertIdHash.Sha256)]
    [InlineData(CertIdHash.Sha256, CertIdHash.Sha1)]
    [Requirement("RS-13")]
    public async Task Answer_with_both_hashes_in_any_order_is_stapled_and_accepted(CertIdHash first, CertIdHash second)
    {
        await using ServedDemo served = await ServedDemo.StartCombinedAsync(first, second);
        await AssertStaplesAsync(served, async port =>
        {
            string host = $"{HostName}:{port}";
            await ToolProcess.RunCheckedAsync(
                RequiredTool.Curl, ["-sS", "--cert-status", "--cacert", served.Ca.CaPath, "--connect-to", $"{host}:127.0.0.1:{port}", "-o", "/dev/null", $"https://{host}/"], s_limit, Cancellation);
        });
    }

    /// <summary>Has nginx fetch an answer and staple it.</summary>
    /// <param name="served">Who answers.</param>
    /// <param name="alsoAsync">What else to do while nginx, at this port, staples it.</param>
    private static async Task AssertStaplesAsync(ServedDemo served, Func<int, Task> alsoAsync)
    {
        using var directory = new TemporaryDirectory();
        DemoCertificate leaf = await served.IssueAsync(HostName, Cancellation);
        int port = FindFreePort();
        await WriteConfigurationAsync(served, directory, leaf, port);
        using Process nginx = Process.Start(new ProcessStartInfo(
            RequiredTool.Nginx, ["-p", directory.FullPath, "-e", directory.File("error.log"), "-c", directory.File("nginx.conf"), "-g", "daemon off; master_process off;"])
        {
            UseShellExecute = false,
        })!;
        try
        {
            string shown = "";
            await Eventually.HoldsAsync(
                "nginx staples an answer",
                async () =>
                {
                    Assert.False(nginx.HasExited, "nginx did not start: " + await ReadLogAsync());
                    return (shown = await ConnectAsync(served, port)).Contains("OCSP Response Status: successful", StringComparison.Ordinal);
                },
                Cancellation);
            Assert.Contains("Cert Status: good", shown, StringComparison.Ordinal);
            Assert.Contains("Verify return code: 0 (ok)", shown, StringComparison.Ordinal);
            await alsoAsync(port);
            Assert.DoesNotContain("OCSP", await ReadLogAsync(), StringComparison.Ordinal); // what it has to say against a responder
        }
        finally
        {
            nginx.Kill();
            await nginx.WaitForExitAsync(Cancellation);
        }

        async Task<string> ReadLogAsync() => File.Exists(directory.File("error.log")) ? await File.ReadAllTextAsync(directory.File("error.log"), Cancellation) : "";
    }

    /// <summary>The first handshake makes nginx ask; a later one has the answer.</summary>
    private static async Task<string> ConnectAsync(ServedDemo served, int port)
    {
        ToolResult result = await ToolProcess.RunAsync(
            RequiredTool.OpenSsl, ["s_client", "-connect", $"127.0.0.1:{port}", "-CAfile", served.Ca.CaPath, "-status"], s_limit, Cancellation);
        return result.Output;
    }

    private static async Task WriteConfigurationAsync(ServedDemo served, TemporaryDirectory directory, DemoCertificate leaf, int port)
    {
        string chain = await File.ReadAllTextAsync(leaf.CertificatePath, Cancellation) + await File.ReadAllTextAsync(served.Ca.CaPath, Cancellation);
        await File.WriteAllTextAsync(directory.File("chain.pem"), chain, Cancellation);
        await File.WriteAllTextAsync(
            directory.File("nginx.conf"),
            $$"""
            pid {{directory.File("nginx.pid")}};
            error_log {{directory.File("error.log")}} info;
            events { }
            http {
                access_log off;
                client_body_temp_path {{directory.File("body")}};
                proxy_temp_path {{directory.File("proxy")}};
                fastcgi_temp_path {{directory.File("fastcgi")}};
                uwsgi_temp_path {{directory.File("uwsgi")}};
                scgi_temp_path {{directory.File("scgi")}};
                server {
                    listen 127.0.0.1:{{port}} ssl;
                    ssl_certificate {{directory.File("chain.pem")}};
                    ssl_certificate_key {{leaf.KeyPath}};
                    ssl_stapling on;
                    ssl_stapling_verify on;
                    ssl_trusted_certificate {{served.Ca.CaPath}};
                }
            }
            """,
            Cancellation);
    }

    /// <summary>nginx cannot be told to choose a port itself.</summary>
    private static int FindFreePort()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
