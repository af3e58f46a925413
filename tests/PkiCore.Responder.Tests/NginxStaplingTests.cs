using System.Diagnostics;
using System.Net.Sockets;
using PkiCore.Responder.Demo;

namespace PkiCore.Responder.Tests;

/// <summary>nginx, which fetches the answer about its own certificate by GET in HTTP/1.0 and staples it to the handshake.</summary>
public sealed class NginxStaplingTests(DemoFixture fixture) : IClassFixture<DemoFixture>
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("HT-2", "HT-5", "HT-6", "T-3", "T-24")]
    public async Task Stapled_answer_is_good_and_verifies()
    {
        using var directory = new TemporaryDirectory();
        DemoCertificate leaf = await fixture.Served.IssueAsync("stapling.demo.example", Cancellation);
        int port = FindFreePort();
        await WriteConfigurationAsync(directory, leaf, port);
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
                    return (shown = await ConnectAsync(port)).Contains("OCSP Response Status: successful", StringComparison.Ordinal);
                },
                Cancellation);
            Assert.Contains("Cert Status: good", shown, StringComparison.Ordinal);
            Assert.Contains("Verify return code: 0 (ok)", shown, StringComparison.Ordinal);
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
    private async Task<string> ConnectAsync(int port)
    {
        ToolResult result = await ToolProcess.RunAsync(
            RequiredTool.OpenSsl, ["s_client", "-connect", $"127.0.0.1:{port}", "-CAfile", fixture.Served.Ca.CaPath, "-status"], s_limit, Cancellation);
        return result.Output;
    }

    private async Task WriteConfigurationAsync(TemporaryDirectory directory, DemoCertificate leaf, int port)
    {
        string chain = await File.ReadAllTextAsync(leaf.CertificatePath, Cancellation) + await File.ReadAllTextAsync(fixture.Served.Ca.CaPath, Cancellation);
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
                    ssl_trusted_certificate {{fixture.Served.Ca.CaPath}};
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
