using PkiCore.Galera.Cluster;

namespace PkiCore.Galera.Tests.Cluster;

public sealed class NodeChoiceTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly NodeChoice _choice;

    public NodeChoiceTests() => _choice = new NodeChoice(_clock);

    [Fact]
    public void Nearest_is_chosen_first()
    {
        Assert.Equal(MoveReason.First, _choice.Choose([Node("a", 9), Node("b", 2), Node("c", 5)]));
        Assert.Equal("b", _choice.Current);
        Assert.Equal(MoveReason.None, _choice.Choose([Node("a", 9), Node("b", 2), Node("c", 5)]));
    }

    [Fact]
    public void Of_equals_the_one_named_first_is_chosen()
    {
        _choice.Choose([Node("b", 2), Node("a", 2)]);
        Assert.Equal("b", _choice.Current);
    }

    [Fact]
    public void Rank_goes_before_round_trip()
    {
        _choice.Choose([Node("near", 1, rank: 1), Node("preferred", 30)]);
        Assert.Equal("preferred", _choice.Current);
    }

    [Fact]
    public void Node_that_may_not_be_read_is_left_at_once()
    {
        _choice.Choose([Node("a", 1), Node("b", 50), Node("c", 40)]);
        Assert.Equal(MoveReason.Needed, _choice.Choose([Node("b", 50), Node("c", 40)]));
        Assert.Equal("c", _choice.Current);
    }

    [Fact]
    public void None_is_chosen_when_none_may_be_read()
    {
        _choice.Choose([Node("a", 1)]);
        Assert.Equal(MoveReason.Needed, _choice.Choose([]));
        Assert.Null(_choice.Current);
        Assert.Equal(MoveReason.None, _choice.Choose([]));
        Assert.Equal(MoveReason.First, _choice.Choose([Node("a", 1)]));
    }

    [Fact]
    public void Penalised_node_is_left_at_once_for_one_that_is_not()
    {
        _choice.Choose([Node("a", 1), Node("b", 50)]);
        Assert.Equal(MoveReason.Needed, _choice.Choose([Node("a", 1, isLastResort: true), Node("b", 50)]));
        Assert.Equal("b", _choice.Current);
    }

    [Fact]
    public void Penalised_node_is_read_when_there_is_no_other()
    {
        _choice.Choose([Node("a", 1)]);
        Assert.Equal(MoveReason.None, _choice.Choose([Node("a", 1, isLastResort: true)]));
        Assert.Equal("a", _choice.Current);
    }

    [Fact]
    public void Nearer_node_has_to_stay_so_for_five_seconds()
    {
        Candidate[] now = [Node("a", 10), Node("b", 4)];
        _choice.Choose([Node("a", 10), Node("b", 20)]);
        Assert.Equal(MoveReason.None, _choice.Choose(now));
        _clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(MoveReason.None, _choice.Choose(now));
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(MoveReason.Better, _choice.Choose(now));
        Assert.Equal("b", _choice.Current);
    }

    [Fact]
    public void Five_seconds_begin_anew_after_a_break()
    {
        _choice.Choose([Node("a", 10), Node("b", 20), Node("c", 20)]);
        Pass(4, Node("a", 10), Node("b", 4), Node("c", 4));
        _choice.Choose([Node("a", 10), Node("b", 9)]); // b is not nearer for a moment, c may not be read
        Pass(4, Node("a", 10), Node("b", 4), Node("c", 4));
        Assert.Equal("a", _choice.Current);
        Pass(2, Node("a", 10), Node("b", 4), Node("c", 5));
        Assert.Equal("b", _choice.Current);
    }

    [Theory]
    [InlineData(10, 8.1, false)] // less than a fifth
    [InlineData(10, 8, true)]
    [InlineData(1.5, 0.6, false)] // less than a millisecond
    [InlineData(1.5, 0.5, true)]
    public void Little_nearer_is_not_nearer(double present, double other, bool moves)
    {
        _choice.Choose([Node("a", present), Node("b", present)]);
        Pass(20, Node("a", present), Node("b", other));
        Assert.Equal(moves ? "b" : "a", _choice.Current);
    }

    [Fact]
    public void Nodes_that_take_turns_in_being_nearest_cause_no_moves()
    {
        _choice.Choose([Node("a", 5), Node("b", 10)]);
        for (int i = 0; i < 20; i++)
        {
            Pass(3, Node("a", i % 2 == 0 ? 20 : 5), Node("b", 10));
            Assert.Equal("a", _choice.Current);
        }
    }

    [Fact]
    public void Better_rank_is_taken_after_five_seconds_although_farther()
    {
        _choice.Choose([Node("a", 1, rank: 1)]);
        Pass(4, Node("a", 1, rank: 1), Node("preferred", 30));
        Assert.Equal("a", _choice.Current);
        Pass(2, Node("a", 1, rank: 1), Node("preferred", 30));
        Assert.Equal("preferred", _choice.Current);
        Pass(20, Node("a", 1, rank: 1), Node("preferred", 30));
        Assert.Equal("preferred", _choice.Current);
    }

    [Fact]
    public void Of_several_that_have_been_better_the_best_is_taken()
    {
        _choice.Choose([Node("a", 10), Node("b", 10), Node("c", 10)]);
        Pass(6, Node("a", 30), Node("b", 10), Node("c", 5));
        Assert.Equal("c", _choice.Current);
    }

    [Fact]
    public void Node_that_was_left_in_need_is_taken_back_when_it_is_well()
    {
        _choice.Choose([Node("a", 1), Node("b", 50)]);
        _choice.Choose([Node("b", 50)]);
        Pass(30, Node("a", 1, isLastResort: true), Node("b", 50));
        Assert.Equal("b", _choice.Current);
        Pass(6, Node("a", 1), Node("b", 50));
        Assert.Equal("a", _choice.Current);
    }

    private static Candidate Node(string name, double milliseconds, int rank = 0, bool isLastResort = false) =>
        new(name, isLastResort, rank, TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>Looks at the nodes once a second.</summary>
    private void Pass(int seconds, params Candidate[] nodes)
    {
        for (int i = 0; i < seconds; i++)
        {
            _choice.Choose(nodes);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        _choice.Choose(nodes);
    }
}
