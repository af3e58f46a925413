using PkiCore.Galera.Tests.Cluster;
using PkiCore.Galera.Writing;

namespace PkiCore.Galera.Tests.Writing;

/// <summary>The connection of a writer, and when it is another one.</summary>
public sealed class WriterConnectionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_connection_that_cannot_be_closed_does_not_end_the_writer()
    {
        using var node = new FakeNode("node1");
        await using var connection = new WriterConnection();
        SqlSession first = await connection.GetAsync(node.Node, Token);
        node.Behaviour = Behaviour.FailsClosing;
        await connection.DisposeAsync();
        Assert.NotSame(first, await connection.GetAsync(node.Node, Token));
    }

    [Fact]
    public async Task A_connection_with_a_transaction_that_was_not_rolled_back_is_not_used_again()
    {
        using var node = new FakeNode("node1");
        await using var connection = new WriterConnection();
        SqlSession first = await connection.GetAsync(node.Node, Token);
        Assert.Same(first, await connection.GetAsync(node.Node, Token));
        first.IsUsable = false;
        Assert.NotSame(first, await connection.GetAsync(node.Node, Token));
        Assert.Equal(1, node.Open);
    }
}
