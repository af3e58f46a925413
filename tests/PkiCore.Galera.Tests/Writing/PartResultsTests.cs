using PkiCore.Galera.Writing;

namespace PkiCore.Galera.Tests.Writing;

/// <summary>What a call says that needed several transactions.</summary>
public sealed class PartResultsTests
{
    private static readonly RevocationResult s_issued = new(Guid.NewGuid(), RevocationOutcome.Issued, null, 1);

    [Fact]
    public async Task Results_stand_in_the_order_of_the_operations()
    {
        RevocationResult second = s_issued with { LastChange = 2 };
        Assert.Equal([s_issued, second], await PartResults.JoinAsync([Made(s_issued), Made(second)]));
    }

    [Fact]
    public async Task Nobody_says_that_nothing_was_done_when_another_part_was_done()
    {
        RevocationStoreException e = await Assert.ThrowsAsync<RevocationStoreException>(() => PartResults.JoinAsync([Made(s_issued), Failed(isUnknown: false)]));
        Assert.True(e.IsOutcomeUnknown);
        Assert.Contains("why", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_says_that_nothing_was_done_when_nobody_knows_it_of_another_part()
    {
        RevocationStoreException e = await Assert.ThrowsAsync<RevocationStoreException>(() => PartResults.JoinAsync([Failed(isUnknown: false), Failed(isUnknown: true)]));
        Assert.True(e.IsOutcomeUnknown);
    }

    [Fact]
    public async Task What_was_refused_as_a_whole_was_not_done()
    {
        RevocationStoreException e = await Assert.ThrowsAsync<RevocationStoreException>(() => PartResults.JoinAsync([Failed(isUnknown: false), Failed(isUnknown: false)]));
        Assert.False(e.IsOutcomeUnknown);
    }

    private static Task<IReadOnlyList<RevocationResult>> Made(RevocationResult result) => Task.FromResult<IReadOnlyList<RevocationResult>>([result]);

    private static Task<IReadOnlyList<RevocationResult>> Failed(bool isUnknown) =>
        Task.FromException<IReadOnlyList<RevocationResult>>(new RevocationStoreException("why") { IsOutcomeUnknown = isUnknown });
}
