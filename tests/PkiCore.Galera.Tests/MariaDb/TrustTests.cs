using System.Data.Common;
using PkiCore.MariaDb;
using PkiCore.Testing.MariaDb;

namespace PkiCore.Galera.Tests.MariaDb;

/// <summary>Who is connected to, and what that server may ask for.</summary>
public sealed class TrustTests(ServerFixture fixture)
{
    private const int AccessDenied = 1045;
    private const int TlsFailed = 2026;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task A_server_is_known_by_its_name_or_its_address_and_the_connection_is_encrypted(string name)
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync(settings => settings.Server = name);
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await using DbCommand command = connection.Command("SHOW SESSION STATUS LIKE 'Ssl_version'");
        await using DbDataReader reader = await command.ExecuteReaderAsync(Token);
        Assert.True(await reader.ReadAsync(Token));
        Assert.StartsWith("TLSv1.", reader.GetString(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_of_another_CA_is_refused()
    {
        MariaDbServer server = await fixture.Server;
        MariaDbException fault = await RefusedAsync(server, settings => settings.CaFile = server.Certificates.OtherCaFile);
        Assert.Equal(TlsFailed, fault.Number);
    }

    [Fact]
    public async Task A_CA_file_that_is_missing_is_an_error_that_names_it()
    {
        MariaDbServer server = await fixture.Server;
        await using MariaDbDataSource source = ServerFixture.SourceOf(server, settings => settings.CaFile = "/nowhere/ca.pem");
        // An error of the database like any other, for whoever tries again after those.
        MariaDbException fault = await Assert.ThrowsAsync<MariaDbException>(async () => await source.OpenConnectionAsync(Token));
        Assert.Contains("CaFile '/nowhere/ca.pem'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_file_that_is_missing_is_an_error_that_names_it()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync(settings =>
        {
            settings.Password = "";
            settings.PasswordFile = "/nowhere/password";
        });
        MariaDbException fault = await Assert.ThrowsAsync<MariaDbException>(async () => await source.OpenConnectionAsync(Token));
        Assert.Contains("PasswordFile '/nowhere/password'", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(FakeStage.UnknownType), "type")]
    [InlineData(nameof(FakeStage.HugeValue), "Malformed")]
    public async Task A_result_that_cannot_be_is_refused_and_the_connection_given_up(string stage, string text)
    {
        MariaDbServer server = await fixture.Server;
        await using var fake = new FakeServer(Enum.Parse<FakeStage>(stage), server.Certificates);
        await using MariaDbDataSource source = ServerFixture.SourceOf(server, settings => settings.Port = fake.Port);
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        MariaDbException fault = await Assert.ThrowsAsync<MariaDbException>(() => connection.ScalarAsync("SELECT v FROM t"));
        Assert.Contains(text, fault.Message, StringComparison.Ordinal);
        Assert.Equal(System.Data.ConnectionState.Broken, connection.State);
    }

    [Fact]
    public async Task A_client_certificate_of_another_CA_is_refused_by_the_server()
    {
        MariaDbServer server = await fixture.Server;
        MariaDbException fault = await RefusedAsync(server, settings =>
        {
            settings.CertificateFile = server.Certificates.CertificateFile("other-client");
            settings.KeyFile = server.Certificates.KeyFile("other-client");
        });
        Assert.Contains(fault.Number, new[] { TlsFailed, 2013 });
    }

    [Fact]
    public async Task An_account_that_wants_a_certificate_is_closed_without_one()
    {
        MariaDbException fault = await RefusedAsync(await fixture.Server, settings =>
        {
            settings.CertificateFile = "";
            settings.KeyFile = "";
        });
        Assert.Equal(AccessDenied, fault.Number);
        Assert.False(fault.IsTransient);
    }

    [Fact]
    public async Task A_certificate_can_stand_for_a_password()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync(settings =>
        {
            settings.User = "subject";
            settings.Password = "";
        });
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        Assert.StartsWith("subject@", (string?)await connection.ScalarAsync("SELECT USER()"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_is_refused_and_never_shown()
    {
        const string Wrong = "not-the-password";
        MariaDbServer server = await fixture.Server;
        MariaDbException fault = await RefusedAsync(server, settings => settings.Password = Wrong);
        Assert.Equal(AccessDenied, fault.Number);
        Assert.Equal("28000", fault.SqlState);
        Assert.DoesNotContain(Wrong, fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_can_be_proved_with_Ed25519()
    {
        MariaDbServer server = await fixture.Server;
        await server.SqlAsync("INSTALL SONAME 'auth_ed25519'; CREATE USER modern@'%' IDENTIFIED VIA ed25519 USING PASSWORD('battery staple')");
        await using MariaDbDataSource source = ServerFixture.SourceOf(server, settings =>
        {
            settings.User = "modern";
            settings.Password = "battery staple";
            settings.Database = "";
        });
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        Assert.StartsWith("modern@", (string?)await connection.ScalarAsync("SELECT USER()"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_file_is_read_for_each_connection()
    {
        MariaDbServer server = await fixture.Server;
        using var directory = new TemporaryDirectory();
        string file = directory.File("password");
        await File.WriteAllTextAsync(file, ServerFixture.Settings(server).Password + "\n", Token);
        await using MariaDbDataSource source = ServerFixture.SourceOf(server, settings =>
        {
            settings.Password = "";
            settings.PasswordFile = file;
        });
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        Assert.Equal(1L, Convert.ToInt64(await connection.ScalarAsync("SELECT 1"), System.Globalization.CultureInfo.InvariantCulture));
        await File.WriteAllTextAsync(file, "changed\n", Token);
        MariaDbException fault = await Assert.ThrowsAsync<MariaDbException>(async () => await source.OpenConnectionAsync(Token));
        Assert.Equal(AccessDenied, fault.Number);
    }

    [Fact]
    public async Task A_server_without_TLS_never_sees_user_or_password()
    {
        MariaDbServer server = await fixture.Server;
        await using var fake = new FakeServer(FakeStage.PlainGreeting, server.Certificates);
        MariaDbException fault = await RefusedAsync(server, settings => settings.Port = fake.Port);
        Assert.Equal(TlsFailed, fault.Number);
        Assert.Equal(1, fake.Connections);
        Assert.Equal("", fake.Received);
    }

    [Fact]
    public async Task A_password_is_never_sent_as_it_is()
    {
        MariaDbServer server = await fixture.Server;
        await using var fake = new FakeServer(FakeStage.ClearPassword, server.Certificates);
        await RefusedAsync(server, settings => settings.Port = fake.Port);
        Assert.Contains("tester", fake.Received, StringComparison.Ordinal);
        Assert.DoesNotContain(ServerFixture.Settings(server).Password, fake.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_asks_for_a_file_gets_none()
    {
        MariaDbServer server = await fixture.Server;
        await using var fake = new FakeServer(FakeStage.Infile, server.Certificates);
        await RefusedAsync(server, settings =>
        {
            settings.Port = fake.Port;
            settings.ConnectTimeout = 2;
        });
        Assert.Contains("SET NAMES", fake.Received, StringComparison.Ordinal);
        Assert.DoesNotContain("root:", fake.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_data_local_is_refused()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await connection.RunAsync("CREATE OR REPLACE TABLE notes (line TEXT)");
        await Assert.ThrowsAsync<MariaDbException>(() => connection.RunAsync($"LOAD DATA LOCAL INFILE '{FakeServer.WantedFile}' INTO TABLE notes"));
    }

    [Fact]
    public async Task A_second_statement_behind_a_semicolon_is_refused()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        MariaDbException fault = await Assert.ThrowsAsync<MariaDbException>(() => connection.RunAsync("DO 1; DO 2"));
        Assert.Equal(1064, fault.Number);
    }

    [Fact]
    public async Task A_Unix_socket_needs_no_TLS()
    {
        MariaDbServer server = await fixture.Server;
        await using var source = new MariaDbDataSource($"UnixSocket={server.SocketPath};User=root");
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        Assert.Equal("root@localhost", await connection.ScalarAsync("SELECT USER()"));
    }

    private static async Task<MariaDbException> RefusedAsync(MariaDbServer server, Action<MariaDbConnectionStringBuilder> change)
    {
        await using MariaDbDataSource source = ServerFixture.SourceOf(server, change);
        return await Assert.ThrowsAsync<MariaDbException>(async () => await source.OpenConnectionAsync(Token));
    }
}
