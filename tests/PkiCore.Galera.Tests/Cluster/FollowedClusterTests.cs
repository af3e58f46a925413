using PkiCore.Galera.Cluster;

namespace PkiCore.Galera.Tests.Cluster;

public sealed class FollowedClusterTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly FollowedCluster _followed;

    public FollowedClusterTests() => _followed = new FollowedCluster(_clock);

    [Fact]
    public void Cluster_of_most_healthy_nodes_is_followed_first()
    {
        Assert.False(_followed.Update(["x", "y", "y"]));
        Assert.Equal("y", _followed.Uuid);
    }

    [Fact]
    public void Of_equals_the_one_of_the_first_configured_node_is_followed()
    {
        _followed.Update(["x", "y"]);
        Assert.Equal("x", _followed.Uuid);
    }

    [Fact]
    public void Nobody_is_followed_before_a_node_is_well()
    {
        Assert.False(_followed.Update([]));
        Assert.False(_followed.Update([""]));
        Assert.Equal("", _followed.Uuid);
    }

    [Fact]
    public void Larger_cluster_is_not_followed_while_one_node_of_ours_is_well()
    {
        _followed.Update(["x"]);
        for (int i = 0; i < 100; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            Assert.False(_followed.Update(["y", "y", "x"]));
        }

        Assert.Equal("x", _followed.Uuid);
    }

    [Fact]
    public void Other_cluster_is_followed_when_ours_is_gone_for_ten_seconds()
    {
        _followed.Update(["x"]);
        _clock.Advance(TimeSpan.FromSeconds(9));
        Assert.False(_followed.Update(["y"]));
        Assert.Equal("x", _followed.Uuid);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_followed.Update(["y"]));
        Assert.Equal("y", _followed.Uuid);
    }

    [Fact]
    public void Ours_coming_back_in_time_stays_followed()
    {
        _followed.Update(["x"]);
        _clock.Advance(TimeSpan.FromSeconds(9));
        _followed.Update(["y"]);
        _followed.Update(["y", "x"]);
        _clock.Advance(TimeSpan.FromSeconds(9));
        Assert.False(_followed.Update(["y"]));
        Assert.Equal("x", _followed.Uuid);
    }

    [Fact]
    public void Ours_is_waited_for_as_long_as_there_is_no_other()
    {
        _followed.Update(["x"]);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.False(_followed.Update([]));
        Assert.False(_followed.Update(["x"]));
        Assert.Equal("x", _followed.Uuid);
    }
}
