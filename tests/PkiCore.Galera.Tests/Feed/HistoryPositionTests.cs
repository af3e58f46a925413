using PkiCore.Galera.Feed;
using PkiCore.Status;

namespace PkiCore.Galera.Tests.Feed;

public sealed class HistoryPositionTests
{
    private static readonly ChangeDigest s_digest = ChangeDigest.From([.. Enumerable.Range(100, ChangeDigest.Length).Select(i => (byte)i)]);

    [Fact]
    public void Position_is_read_as_it_was_written()
    {
        var accepted = new HistoryPosition(ulong.MaxValue, s_digest, new DateTimeOffset(2026, 11, 1, 2, 3, 4, TimeSpan.Zero));
        var plain = new HistoryPosition(0, s_digest, null);
        Assert.Equal(accepted, HistoryPosition.TryParse(accepted.ToSourcePosition()));
        Assert.Equal(plain, HistoryPosition.TryParse(plain.ToSourcePosition()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("index1 12 34")]
    [InlineData("galera1 12 0011 0")]
    [InlineData("galera1 -1 6465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F80818283 0")]
    [InlineData("galera1 1 6465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F808182XX 0")]
    [InlineData("galera1 1 6465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F80818283 9223372036854775807")]
    public void What_is_no_position_is_the_beginning(string? value) => Assert.Null(HistoryPosition.TryParse(new SourcePosition(value)));
}
