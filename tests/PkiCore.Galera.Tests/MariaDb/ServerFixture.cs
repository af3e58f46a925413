using PkiCore.Galera.Tests.MariaDb;
using PkiCore.MariaDb;
using PkiCore.Testing.MariaDb;

[assembly: AssemblyFixture(typeof(ServerFixture))]

namespace PkiCore.Galera.Tests.MariaDb;

/// <summary>One server for all tests of the provider that do not break it; started by the first that asks.</summary>
public sealed class ServerFixture : IAsyncDisposable
{
    private const string Password = "correct horse";

    private readonly Lazy<Task<MariaDbServer>> _server = new(StartAsync);

    internal Task<MariaDbServer> Server => _server.Value;

    /// <summary>A data source over verified TLS, with a client certificate.</summary>
    internal async Task<MariaDbDataSource> OpenSourceAsync(Action<MariaDbConnectionStringBuilder>? change = null) =>
        SourceOf(await Server, change);

    internal static MariaDbConnectionStringBuilder Settings(MariaDbServer server) => new()
    {
        Server = "127.0.0.1",
        Port = server.Port,
        User = "tester",
        Password = Password,
        Database = "test",
        CaFile = server.Certificates.CaFile,
        CertificateFile = server.Certificates.ClientCertificateFile,
        KeyFile = server.Certificates.ClientKeyFile,
    };

    internal static MariaDbDataSource SourceOf(MariaDbServer server, Action<MariaDbConnectionStringBuilder>? change = null)
    {
        MariaDbConnectionStringBuilder settings = Settings(server);
        change?.Invoke(settings);
        return new MariaDbDataSource(settings, TimeProvider.System);
    }

    internal static Task PrepareAsync(MariaDbServer server) => server.SqlAsync(
        "CREATE DATABASE test; "
        + $"CREATE USER tester@'%' IDENTIFIED BY '{Password}' REQUIRE X509; GRANT ALL ON *.* TO tester@'%'; "
        + $"CREATE USER subject@'%' REQUIRE SUBJECT '{MariaDbCertificates.ClientSubject}'; GRANT ALL ON test.* TO subject@'%'; "
        + $"CREATE USER plain@'%' IDENTIFIED BY '{Password}'; GRANT ALL ON test.* TO plain@'%'");

    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated)
        {
            await (await _server.Value).DisposeAsync();
        }
    }

    private static async Task<MariaDbServer> StartAsync()
    {
        MariaDbServer server = await MariaDbServer.StartAsync();
        await PrepareAsync(server);
        return server;
    }
}
