using PkiCore.LoadTest.Injection;
using PkiCore.LoadTest.Scenarios.Hosts;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Responder.Tests.LoadTest;

/// <summary>That the index which scenarios write is one that responders read.</summary>
public sealed class MadeUpIndexTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string IndexPath => _directory.File("index.txt");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Index_has_the_serial_numbers_that_are_asked_for()
    {
        new MadeUpIndex(TimeProvider.System.GetUtcNow()).Write(IndexPath, certificates: 1000, revokedEvery: 0);

        List<SerialNumber> read = await SerialFile.ReadIndexAsync(IndexPath, TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal(MadeUpSerials.Issued(1000), read);
        Assert.Equal(1000, read.Distinct().Count());
        Assert.Empty(read.Intersect(MadeUpSerials.Unknown(1000)));
    }

    [Fact]
    public async Task Every_tenth_is_revoked()
    {
        new MadeUpIndex(TimeProvider.System.GetUtcNow()).Write(IndexPath, certificates: 100, revokedEvery: 10);

        Assert.Equal(Enumerable.Range(0, 10).Select(i => MadeUpSerials.Issued(100)[(10 * i) + 9]), await ReadRevokedAsync());
    }

    [Fact]
    public async Task Revoking_replaces_the_index_with_one_that_has_more_revoked_in_an_order_of_its_own()
    {
        var index = new RevokedIndex(IndexPath, certificates: 50);

        index.Revoke(10);
        index.Revoke(20);

        Assert.Equal(Enumerable.Range(0, 30).Select(index.SerialAt), await ReadRevokedAsync());
        Assert.NotEqual(MadeUpSerials.Issued(30), Enumerable.Range(0, 30).Select(index.SerialAt));
        Assert.Equal(50, (await SerialFile.ReadIndexAsync(IndexPath, TimeProvider.System, TestContext.Current.CancellationToken)).Count);
        Assert.Equal([IndexPath], Directory.GetFiles(_directory.FullPath));
    }

    [Fact]
    public async Task Issuing_adds_a_certificate()
    {
        CaFolder authority = CaFolder.Create(_directory.File("ca"), certificates: 10, revokedEvery: 0);

        authority.Issue();

        Assert.Equal(MadeUpSerials.Issued(11), await SerialFile.ReadIndexAsync(authority.IndexPath, TimeProvider.System, TestContext.Current.CancellationToken));
    }

    private async Task<SerialNumber[]> ReadRevokedAsync()
    {
        var changes = new List<StatusChange>();
        await foreach (StatusBatch batch in new OpenSslIndexSource(IndexPath).ReadAsync(default, TestContext.Current.CancellationToken))
        {
            Assert.Null(batch.Problem);
            changes.AddRange(batch.Changes);
            if (batch.Kind == StatusBatchKind.CompleteStateEnd)
            {
                break;
            }
        }

        return [.. changes.Where(change => change.Status.IsRevoked).Select(change => change.Serial)];
    }
}
