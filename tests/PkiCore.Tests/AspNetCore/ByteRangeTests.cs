using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Primitives;
using PkiCore.AspNetCore;

namespace PkiCore.Tests.AspNetCore;

public sealed class ByteRangeTests
{
    private const long Gibibyte = 1L << 30;

    [Theory]
    [InlineData("bytes=0-0", 0, 1)]
    [InlineData("bytes=0-99", 0, 100)]
    [InlineData("bytes=0-", 0, 100)]
    [InlineData("bytes=10-19", 10, 10)]
    [InlineData("bytes=99-99", 99, 1)]
    [InlineData("bytes=99-", 99, 1)]
    [InlineData("bytes=90-100", 90, 10)] // ends behind the end
    [InlineData("bytes=90-99999999999999999999999999", 90, 10)]
    [InlineData("bytes=00000000000000000000000000000001-2", 1, 2)]
    [InlineData("bytes=-1", 99, 1)]
    [InlineData("bytes=-100", 0, 100)]
    [InlineData("bytes=-101", 0, 100)]
    [InlineData("bytes=-99999999999999999999999999", 0, 100)]
    [InlineData("Bytes=1-2", 1, 2)] // units have no case (RFC 9110 14.1)
    [InlineData("bytes= 1-2 ", 1, 2)]
    public void One_range_is_cut_to_what_is_there(string header, long start, long length) => Assert.Equal(new ByteRange(start, length), ByteRange.Parse(header, 100));

    [Theory]
    [InlineData("bytes=100-")]
    [InlineData("bytes=100-100")]
    [InlineData("bytes=101-200")]
    [InlineData("bytes=9223372036854775807-")]
    [InlineData("bytes=9223372036854775808-9223372036854775809")]
    [InlineData("bytes=-0")]
    public void Range_behind_the_end_cannot_be_satisfied(string header) => Assert.Null(ByteRange.Parse(header, 100));

    [Theory]
    [InlineData("")]
    [InlineData("bytes")]
    [InlineData("bytes=")]
    [InlineData("bytes=-")]
    [InlineData("bytes=5")]
    [InlineData("bytes=2-1")]
    [InlineData("bytes=200-100")]
    [InlineData("bytes=0-0,2-3")]
    [InlineData("bytes=-1,-2")]
    [InlineData("bytes=,0-0")]
    [InlineData("bytes=--1")]
    [InlineData("bytes=1--2")]
    [InlineData("bytes=1-2-3")]
    [InlineData("bytes=+1-2")]
    [InlineData("bytes=1 -2")]
    [InlineData("bytes=1- 2")]
    [InlineData("bytes=0x1-2")]
    [InlineData("bytes=a-b")]
    [InlineData("bytes=a-")]
    [InlineData("bytes=-b")]
    [InlineData("bytes=1-b")]
    [InlineData("bytes=a-2")]
    [InlineData("bytes=\u0661-\u0662")] // digits, but not ours
    [InlineData("bytes =1-2")]
    [InlineData("lines=1-2")]
    [InlineData("1-2")]
    public void What_is_not_one_range_of_bytes_gets_the_whole(string header) => Assert.Equal(new ByteRange(0, 100), ByteRange.Parse(header, 100));

    [Fact]
    public void No_header_or_two_of_them_get_the_whole()
    {
        Assert.Equal(new ByteRange(0, 100), ByteRange.Parse(default, 100));
        Assert.Equal(new ByteRange(0, 100), ByteRange.Parse(new StringValues(["bytes=0-0", "bytes=1-1"]), 100));
    }

    [Fact]
    [Requirement("T-27")]
    public void Numbers_over_two_gibibytes_are_not_cut()
    {
        Assert.Equal(new ByteRange(3 * Gibibyte, Gibibyte), ByteRange.Parse("bytes=3221225472-", 4 * Gibibyte));
        Assert.Equal(new ByteRange(Gibibyte, 3 * Gibibyte), ByteRange.Parse("bytes=-3221225472", 4 * Gibibyte));
        Assert.Equal(new ByteRange(2 * Gibibyte, 1), ByteRange.Parse("bytes=2147483648-2147483648", 4 * Gibibyte));
    }

    [Fact]
    public void No_header_makes_it_throw_or_leave_the_file() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<string>(),
        ArbMap.Default.ArbFor<PositiveInt>(),
        (text, total) =>
        {
            foreach (string header in new[] { text ?? "", "bytes=" + text, $"bytes={text}-{text}" })
            {
                ByteRange? range = ByteRange.Parse(header, total.Get);
                Assert.True(range is null or { Start: >= 0, Length: > 0 } && (range is null || range.Value.Start + range.Value.Length <= total.Get));
            }
        }));
}
