using PkiCore.Responder.Demo;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Galera.Tests.Commands;

/// <summary><c>db</c>, <c>revoke</c>, <c>hold</c>, <c>release</c> and <c>galera</c>, as an operator calls them.</summary>
[Collection(LabGroup.Name)]
public sealed class DatabaseCommandTests(LabFixture fixture)
{
    private const string Index =
        "V\t300101000000Z\t\t01\tunknown\t/CN=good\n"
        + "R\t300101000000Z\t260401120000Z,keyTime,20260301120000Z\t02\tunknown\t/CN=compromised\n"
        + "R\t300101000000Z\t260401120000Z,certificateHold\t03\tunknown\t/CN=held\n"
        + "E\t250101000000Z\t\t04\tunknown\t/CN=expired\n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Migration_prints_its_SQL_and_can_be_run_again()
    {
        using CommandLab lab = await CommandLab.StartAsync(fixture);
        Assert.Contains("CREATE TABLE IF NOT EXISTS status_change", (await CommandLab.RunAsync(0, "db", "migrate", "--dry-run")).Output, StringComparison.Ordinal);
        Assert.Contains("REQUIRE SUBJECT", (await CommandLab.RunAsync(0, "db", "migrate", "--users")).Output, StringComparison.Ordinal);
        Assert.StartsWith("The schema is up to date: version ", (await CommandLab.RunAsync(0, "db", "migrate", "--config", lab.Config)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_index_is_imported_once_however_often_it_is_imported()
    {
        using CommandLab lab = await CommandLab.StartAsync(fixture);
        string index = lab.PathOf("index.txt");
        await File.WriteAllTextAsync(index, Index, Token);
        Assert.Contains("is not registered", (await lab.OnCaAsync(1, "db", "import-index", index, "--dry-run")).Error, StringComparison.Ordinal);
        Assert.Equal("4 certificates: 4 added.\n", (await lab.OnCaAsync(0, "db", "import-index", index)).Output);
        Assert.Equal("4 certificates: 4 already there (4 by an earlier run).\n", (await lab.OnCaAsync(0, "db", "import-index", index)).Output);

        // What was done in the database since is not undone by the file.
        await lab.OnCaAsync(0, "release", "03");
        await lab.OnCaAsync(0, "db", "import-index", index);
        Assert.StartsWith("03 would be put on hold: on hold since ", (await lab.OnCaAsync(0, "hold", "03", "--dry-run")).Output, StringComparison.Ordinal);

        await File.AppendAllTextAsync(index, "R\t300101000000Z\t260501120000Z\t01\tunknown\t/CN=good\n", Token);
        Assert.Contains(" 1 revoked", (await lab.OnCaAsync(0, "db", "import-index", index)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_index_with_a_negative_serial_number_is_refused_as_a_whole_with_the_line()
    {
        using CommandLab lab = await CommandLab.StartAsync(fixture);
        string index = lab.PathOf("index.txt");
        await File.WriteAllTextAsync(index, Index + "V\t300101000000Z\t\t-05\tunknown\t/CN=negative\nnonsense\n", Token);
        ToolResult refused = await lab.OnCaAsync(1, "db", "import-index", index);
        Assert.Contains("2 line(s) cannot be taken over", refused.Error, StringComparison.Ordinal);
        Assert.Contains("line 5: the serial number -05 is negative", refused.Error, StringComparison.Ordinal);
        Assert.Contains("line 6: ", refused.Error, StringComparison.Ordinal);
        Assert.Contains("is not registered", (await lab.OnCaAsync(1, "revoke", "01")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_is_held_released_and_revoked_by_commands()
    {
        using CommandLab lab = await CommandLab.StartAsync(fixture);
        string index = lab.PathOf("index.txt");
        await File.WriteAllTextAsync(index, Index, Token);
        await lab.OnCaAsync(0, "db", "import-index", index);
        Assert.StartsWith("01 put on hold: on hold since ", (await lab.OnCaAsync(0, "hold", "01")).Output, StringComparison.Ordinal);
        Assert.Equal("01 released: good\n", (await lab.OnCaAsync(0, "release", "01")).Output);
        string[] revoke = ["revoke", "01", "--reason", "keyCompromise", "--time", "2026-05-01T12:00:00Z", "--invalidity-date", "2026-04-01"];
        const string state = "revoked since 2026-05-01 12:00:00Z, KeyCompromise, suspected since 2026-04-01 00:00:00Z\n";
        Assert.Equal("01 would be revoked: " + state, (await lab.OnCaAsync(0, [.. revoke, "--dry-run"])).Output);
        Assert.Equal("01 revoked: " + state, (await lab.OnCaAsync(0, revoke)).Output);
        Assert.Equal("01 already revoked: " + state, (await lab.OnCaAsync(0, revoke)).Output);
        Assert.StartsWith("01 not on hold: revoked", (await lab.OnCaAsync(2, "release", "01")).Error, StringComparison.Ordinal);
        Assert.StartsWith("01 already revoked", (await lab.OnCaAsync(2, "hold", "01")).Error, StringComparison.Ordinal);
        Assert.Equal("77 not found\n", (await lab.OnCaAsync(2, "revoke", "77")).Error);
        Assert.Contains("before the year 1000", (await lab.OnCaAsync(1, "revoke", "01", "--time", "0999-01-01")).Error, StringComparison.Ordinal);
        Assert.Contains("certificateHold", (await lab.OnCaAsync(1, "revoke", "01", "--reason", "certificateHold")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_of_changes_is_pruned_as_the_publisher()
    {
        using CommandLab lab = await CommandLab.StartAsync(fixture);
        string index = lab.PathOf("index.txt");
        await File.WriteAllTextAsync(index, Index, Token);
        await lab.OnCaAsync(0, "db", "import-index", index);
        await lab.Lab.SqlAsync(1, "UPDATE pkicore.status_change SET made_at = made_at - INTERVAL 40 DAY WHERE number <= 3 ORDER BY issuer_id DESC LIMIT 3", Token);
        Assert.EndsWith(": 3 changes older than 30 days would be removed.\n", (await lab.OnCaAsync(0, "db", "prune", "--keep", "30", "--dry-run")).Output, StringComparison.Ordinal);
        Assert.EndsWith(": 3 changes older than 30 days were removed.\n", (await lab.OnCaAsync(0, "db", "prune", "--keep", "30")).Output, StringComparison.Ordinal);
        Assert.EndsWith(": 0 changes older than 30 days were removed.\n", (await lab.OnCaAsync(0, "db", "prune", "--keep", "30")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_status_names_every_node_and_the_one_that_is_read()
    {
        using CommandLab lab = await CommandLab.StartAsync(fixture);
        string[] lines = (await CommandLab.RunAsync(0, "galera", "status", "--config", lab.Config)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("node ", lines[0], StringComparison.Ordinal);
        Assert.All(lab.Lab.Nodes, node => Assert.Contains(lines, line => line.StartsWith($"node{node}  Synced  3", StringComparison.Ordinal)));
        Assert.Single(lines, line => line.EndsWith("  yes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Revocations_that_the_database_lost_are_written_back_from_an_edge()
    {
        using CommandLab lab = await CommandLab.StartAsync(fixture);
        string snapshot = await WriteSnapshotAsync(lab);

        // The database knows the certificates, but not what was revoked since its backup.
        string older = lab.PathOf("older.txt");
        await File.WriteAllTextAsync(older, "V\t300101000000Z\t\t01\tunknown\t/CN=good\nV\t300101000000Z\t\t02\tunknown\t/CN=compromised\n", Token);
        await lab.OnCaAsync(0, "db", "import-index", older);
        string[] reconcile = ["db", "reconcile", "--from-edge", snapshot];
        ToolResult preview = await lab.OnCaAsync(0, [.. reconcile, "--dry-run"]);
        ToolResult done = await lab.OnCaAsync(0, reconcile);
        Assert.EndsWith("2 certificates, nothing changed; it would be: 1 added, 1 revoked.\n", preview.Output, StringComparison.Ordinal);
        Assert.Contains("02: revoked since 2026-04-01 12:00:00Z, KeyCompromise, suspected since 2026-03-01 12:00:00Z\n", done.Output, StringComparison.Ordinal);
        Assert.Contains("03: on hold since 2026-04-01 12:00:00Z, CertificateHold; the database does not know the certificate\n", done.Output, StringComparison.Ordinal);
        Assert.EndsWith("2 certificates: 1 added, 1 revoked.\n", done.Output, StringComparison.Ordinal);
        Assert.Equal("2 certificates: 2 already there (2 by an earlier run).\n", (await lab.OnCaAsync(0, reconcile)).Output);

        Assert.EndsWith("the history up to change 4 would be accepted.\n", (await lab.OnCaAsync(0, "galera", "accept-history", "--dry-run")).Output, StringComparison.Ordinal);
        Assert.EndsWith("the history up to change 4 is accepted.\n", (await lab.OnCaAsync(0, "galera", "accept-history")).Output, StringComparison.Ordinal);
        Assert.Contains("it is no snapshot", (await lab.OnCaAsync(1, "db", "reconcile", "--from-edge", older)).Error, StringComparison.Ordinal);
    }

    private static async Task<string> WriteSnapshotAsync(CommandLab lab)
    {
        string index = lab.PathOf("index.txt");
        await File.WriteAllTextAsync(index, Index, Token);
        string folder = Directory.CreateDirectory(lab.PathOf("snapshots")).FullName;
        DemoCertificate certificate = lab.Ca.CreateResponder(new DemoResponderOptions { Name = "signer" });
        using ISigner signer = SoftwareSigner.FromPemFiles(certificate.CertificatePath, certificate.KeyPath);
        await using (var responder = new OcspResponder(new OcspResponderOptions { SnapshotDirectory = folder }))
        {
            responder.AddIssuer(Issuer.FromPemFile(lab.Ca.CaPath), signer, new OpenSslIndexSource(index));
            await responder.StartAsync(Token);
            await Eventually.HoldsAsync("all certificates are loaded", () => responder.GetHealth().Issuers[0].Certificates == 4 && !responder.GetHealth().IsLoading, Token);
        }

        return Assert.Single(Directory.GetFiles(folder, "*.table"));
    }
}
