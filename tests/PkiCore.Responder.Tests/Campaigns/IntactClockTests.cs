using System.Runtime.Versioning;
using PkiCore.Campaigns.IndexChurn;

namespace PkiCore.Responder.Tests.Campaigns;

[UnsupportedOSPlatform("windows")]
public sealed class IntactClockTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly IntactClock _clock;

    public IntactClockTests() => _clock = new IntactClock(_time);

    [Fact]
    public void Time_counts_while_the_index_is_intact()
    {
        Pass(TimeSpan.FromSeconds(2));
        _clock.Break();
        Pass(TimeSpan.FromSeconds(4));
        _clock.Mend();
        Pass(TimeSpan.FromSeconds(1));

        Assert.Equal(new Moment(_time.GetUtcNow(), TimeSpan.FromSeconds(3), 1), _clock.Now);
    }

    [Fact]
    public void Of_a_time_in_which_nobody_asked_only_a_little_counts()
    {
        Pass(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromMinutes(1)); // the machine stood still

        Assert.Equal(TimeSpan.FromSeconds(1) + IntactClock.LongestSilence, _clock.Now.Intact);
    }

    private void Pass(TimeSpan time)
    {
        for (TimeSpan passed = TimeSpan.Zero; passed < time; passed += IntactClock.LongestSilence)
        {
            _time.Advance(IntactClock.LongestSilence);
            _ = _clock.Now;
        }
    }
}
