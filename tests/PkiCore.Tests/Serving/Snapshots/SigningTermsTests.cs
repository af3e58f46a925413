using PkiCore.Serving;

namespace PkiCore.Tests.Serving.Snapshots;

/// <summary>What was signed at once is not due at once.</summary>
public sealed class SigningTermsTests
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(10, 1)]
    [InlineData(100, 1)]
    [InlineData(1000, 987_654_321)]
    [InlineData(20_000, 5)]
    [Requirement("HC-13")]
    public void Batches_are_spread_evenly_over_the_window(int count, long firstNumber)
    {
        OcspResponderOptions options = new OcspResponderOptions { RefreshAfter = TimeSpan.FromHours(20), RefreshBy = TimeSpan.FromHours(40) }.Validated();
        var terms = new SigningTerms(options);
        TimeSpan[] ages = [.. Enumerable.Range(0, count).Select(i => terms.GetRefreshTime(s_now, s_now, s_now + options.Validity, firstNumber + i) - s_now)];

        Assert.All(ages, age => Assert.InRange(age, TimeSpan.FromHours(20), TimeSpan.FromHours(40)));
        for (int tenth = 0; tenth < 10; tenth++)
        {
            int inIt = ages.Count(age => age >= TimeSpan.FromHours(20 + (2 * tenth)) && age < TimeSpan.FromHours(22 + (2 * tenth)));
            Assert.InRange(inIt, (count / 10) - 3, (count / 10) + 3);
        }
    }

    [Theory]
    [InlineData(8)]
    [InlineData(15.9)]
    [InlineData(16)]
    [InlineData(96)]
    [InlineData(239.9)]
    [Requirement("BR-13", "BR-14")]
    public void No_batch_is_later_than_a_public_CA_may_be(double hours)
    {
        var validity = TimeSpan.FromHours(hours);
        var terms = new SigningTerms(new OcspResponderOptions { Validity = validity, PublicCaProfile = true }.Validated());
        TimeSpan limit = hours < 16 ? validity / 2 : TimeSpan.FromHours(Math.Min(hours - 8, 96));

        for (long number = 1; number <= 2000; number++)
        {
            TimeSpan age = terms.GetRefreshTime(s_now, s_now, s_now + validity, number) - s_now;
            Assert.True(age > TimeSpan.Zero && age < limit);
        }
    }

    [Theory]
    [InlineData(8, 4, false)]
    [InlineData(8, 3.9, true)]
    [InlineData(20, 12, false)]
    [InlineData(20, 11.9, true)]
    [InlineData(200, 96, false)]
    [InlineData(200, 95.9, true)]
    [Requirement("BR-14")]
    public void RefreshBy_is_limited_in_the_public_profile_alone(double validityHours, double refreshHours, bool isAllowed)
    {
        OcspResponderOptions options = new() { Validity = TimeSpan.FromHours(validityHours), RefreshBy = TimeSpan.FromHours(refreshHours) };
        options.Validated();
        options.PublicCaProfile = true;

        Assert.Equal(isAllowed ? null : "RefreshBy", (Record.Exception(options.Validated) as ArgumentException)?.ParamName);
    }

    [Theory]
    [InlineData("RefreshAfter", 0, 10)]
    [InlineData("RefreshAfter", -1, 10)]
    [InlineData("RefreshAfter", 11, 10)]
    [InlineData("RefreshBy", 10, 96)]
    [InlineData("RefreshBy", 10, 97)]
    [InlineData(null, 10, 10)]
    public void A_window_that_cannot_be_is_refused(string? name, int afterHours, int byHours)
    {
        OcspResponderOptions options = new() { RefreshAfter = TimeSpan.FromHours(afterHours), RefreshBy = TimeSpan.FromHours(byHours) };

        Assert.Equal(name, (Record.Exception(options.Validated) as ArgumentException)?.ParamName);
    }

    [Fact]
    public void Other_new_settings_are_checked()
    {
        Assert.Equal("SnapshotDirectory", Refuse(new() { SnapshotDirectory = "/there/is/none" }));
        Assert.Equal("SnapshotInterval", Refuse(new() { SnapshotInterval = TimeSpan.FromMilliseconds(999) }));
        Assert.Equal("SnapshotInterval", Refuse(new() { SnapshotInterval = TimeSpan.FromDays(2) }));
        Assert.Equal("ServeBeforeSync", Refuse(new() { ServeBeforeSync = (ServeBeforeSync)3 }));
        Assert.Equal("SyncTimeout", Refuse(new() { SyncTimeout = TimeSpan.Zero }));
        Assert.Equal("SyncTimeout", Refuse(new() { SyncTimeout = TimeSpan.FromMinutes(2) }));
    }

    [Fact]
    public void A_signer_that_ends_soon_shortens_the_window_in_proportion()
    {
        OcspResponderOptions options = new OcspResponderOptions { RefreshAfter = TimeSpan.FromHours(24), RefreshBy = TimeSpan.FromHours(48) }.Validated();
        var terms = new SigningTerms(options);

        for (long number = 1; number <= 200; number++)
        {
            Assert.InRange(terms.GetRefreshTime(s_now, s_now, s_now + (options.Validity / 4), number) - s_now, TimeSpan.FromHours(6), TimeSpan.FromHours(12));
        }
    }

    private static string? Refuse(OcspResponderOptions options) => Assert.ThrowsAny<ArgumentException>(options.Validated).ParamName;
}
