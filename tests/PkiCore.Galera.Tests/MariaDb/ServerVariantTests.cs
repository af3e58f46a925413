using System.Data;
using System.Data.Common;
using PkiCore.MariaDb;
using PkiCore.Testing.MariaDb;

namespace PkiCore.Galera.Tests.MariaDb;

/// <summary>A server of this class's own: it is restarted with what must be refused, and killed.</summary>
public sealed class ServerVariantTests : IAsyncLifetime
{
    private const int TlsFailed = 2026;

    private MariaDbServer? _server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private MariaDbServer Server => _server!;

    public async ValueTask InitializeAsync()
    {
        _server = await MariaDbServer.StartAsync();
        await ServerFixture.PrepareAsync(_server);
    }

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();

    [Fact]
    public async Task What_is_not_the_right_server_is_refused_and_a_killed_one_noticed()
    {
        // One test, because a server takes seconds to install.
        await KilledInMidResultAsync();
        await RefusedAsync("wrong-name", "validation");
        await RefusedAsync("expired", "expired");
        await NoTlsAsync();
        await ComesBackAsync();
    }

    private async Task KilledInMidResultAsync()
    {
        await using MariaDbDataSource source = ServerFixture.SourceOf(Server);
        await using DbConnection idle = await source.OpenConnectionAsync(Token);
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await using DbCommand command = connection.Command("SELECT seq, REPEAT('x', 200) FROM seq_1_to_10000000");
        await using DbDataReader reader = await command.ExecuteReaderAsync(Token);
        Assert.True(await reader.ReadAsync(Token));

        await Server.KillAsync();

        MariaDbException fault = await Assert.ThrowsAsync<MariaDbException>(async () =>
        {
            while (await reader.ReadAsync(Token))
            {
            }
        });
        Assert.Equal(2013, fault.Number);
        Assert.True(fault.IsTransient);
        Assert.Equal(ConnectionState.Broken, connection.State);
        MariaDbException next = await Assert.ThrowsAsync<MariaDbException>(() => idle.ScalarAsync("SELECT 1"));
        Assert.True(next.IsTransient);
        MariaDbException refused = await Assert.ThrowsAsync<MariaDbException>(async () => await source.OpenConnectionAsync(Token));
        Assert.Contains(refused.Number, new[] { 2002, 2003 });
        Assert.True(refused.IsTransient);
    }

    private async Task RefusedAsync(string certificate, string reason)
    {
        await Server.RestartAsync(
            $"--ssl-cert={Server.Certificates.CertificateFile(certificate)}", $"--ssl-key={Server.Certificates.KeyFile(certificate)}");
        await using MariaDbDataSource source = ServerFixture.SourceOf(Server);
        MariaDbException fault = await Assert.ThrowsAsync<MariaDbException>(async () => await source.OpenConnectionAsync(Token));
        Assert.Equal(TlsFailed, fault.Number);
        Assert.Contains(reason, fault.Message, StringComparison.OrdinalIgnoreCase);
    }

    private async Task NoTlsAsync()
    {
        await Server.RestartAsync("--skip-ssl");
        await using MariaDbDataSource source = ServerFixture.SourceOf(Server, settings => settings.User = "plain");
        MariaDbException fault = await Assert.ThrowsAsync<MariaDbException>(async () => await source.OpenConnectionAsync(Token));
        Assert.Equal(TlsFailed, fault.Number);
    }

    private async Task ComesBackAsync()
    {
        await using MariaDbDataSource source = ServerFixture.SourceOf(Server);
        await Server.RestartAsync();
        await using MariaDbDataSource again = ServerFixture.SourceOf(Server);
        await using (DbConnection connection = await again.OpenConnectionAsync(Token))
        {
            Assert.Equal("tester", ((string?)await connection.ScalarAsync("SELECT USER()"))!.Split('@')[0]);
        }
    }
}
