using PkiCore.Serving;

namespace PkiCore.Tests.Serving.Snapshots;

public sealed class SyncGateTests
{
    private readonly ManualTimeProvider _clock = new();

    [Theory]
    [InlineData(ServeBeforeSync.Wait)]
    [InlineData(ServeBeforeSync.Never)]
    [InlineData(ServeBeforeSync.Now)]
    public void While_a_snapshot_is_read_nothing_of_it_is_served(ServeBeforeSync policy)
    {
        SyncGate gate = Create(policy);
        gate.BeginLoading();
        _clock.Advance(TimeSpan.FromMinutes(1)); // a large one

        Assert.False(gate.Update(isSynced: false));
        Assert.False(gate.IsOpen);

        gate.EndLoading(isLoaded: true);
        Assert.Equal(policy == ServeBeforeSync.Now, gate.IsOpen);
    }

    [Fact]
    public void The_time_to_wait_begins_when_the_snapshot_has_been_read()
    {
        SyncGate gate = Create(ServeBeforeSync.Wait);
        gate.BeginLoading();
        _clock.Advance(TimeSpan.FromMinutes(1));
        gate.EndLoading(isLoaded: true);
        _clock.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(gate.Update(isSynced: false));

        _clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.True(gate.Update(isSynced: false));

        Assert.True(gate.IsOpen);
        Assert.False(gate.Update(isSynced: false)); // said once
    }

    [Theory]
    [InlineData(ServeBeforeSync.Wait)]
    [InlineData(ServeBeforeSync.Never)]
    public void The_source_opens_the_gate_without_a_word(ServeBeforeSync policy)
    {
        SyncGate gate = Create(policy);
        gate.BeginLoading();
        gate.EndLoading(isLoaded: true);
        Assert.False(gate.IsOpen);

        Assert.False(gate.Update(isSynced: true));
        Assert.True(gate.IsOpen);
    }

    [Fact]
    public void Without_a_snapshot_there_is_nothing_to_wait_for()
    {
        SyncGate gate = Create(ServeBeforeSync.Never);
        Assert.True(gate.IsOpen);
        gate.BeginLoading();
        gate.EndLoading(isLoaded: false);

        Assert.True(gate.IsOpen);
    }

    private SyncGate Create(ServeBeforeSync policy) => new(policy, TimeSpan.FromSeconds(10), _clock);
}
