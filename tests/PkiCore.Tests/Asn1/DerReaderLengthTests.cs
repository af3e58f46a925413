using PkiCore.Asn1;

namespace PkiCore.Tests.Asn1;

public sealed class DerReaderLengthTests
{
    [Theory]
    [Requirement("T-6")]
    [InlineData("indefinite", "0480AA0000")]
    [InlineData("long form for 0", "048100")]
    [InlineData("long form for 1", "048101AA")]
    [InlineData("leading zero in two octets", "04820001AA")]
    [InlineData("leading zeros in four octets", "048400000001AA")]
    [InlineData("five octets", "04850000000001AA")]
    [InlineData("eight octets", "04880000000000000001AA")]
    [InlineData("FF is reserved", "04FF00")]
    [InlineData("no length", "04")]
    [InlineData("first length octet only", "0481")]
    [InlineData("two of three length octets", "048201")]
    [InlineData("one octet over the end", "0402AA")]
    [InlineData("127 octets over the end", "047F")]
    [InlineData("long form over the end", "048180AA")]
    [InlineData("65535 octets over the end", "0482FFFF")]
    [InlineData("2^31 - 1", "04847FFFFFFF")]
    [InlineData("2^31, negative as an int", "048480000000")]
    [InlineData("2^32 - 1", "0484FFFFFFFF")]
    [InlineData("2^31 - 6, which overflows with its header", "04847FFFFFFA")]
    [InlineData("multi-octet tag", "1F0101FF")]
    [InlineData("multi-octet tag, context-specific", "9F8101 01AA")]
    [InlineData("multi-octet tag, constructed", "BF2000")]
    [InlineData("nothing", "")]
    public void Header_that_is_not_DER_or_too_long_is_refused(string description, string hex)
    {
        byte[] encoded = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        var reader = new DerReader(encoded);
        byte tag = encoded.Length > 0 ? encoded[0] : DerTag.OctetString;
        Assert.False(reader.TryRead(tag, out _), description);
        Assert.False(reader.TryReadEncoded(tag, out _), description);
        Assert.False(reader.TryReadEncoded(out _), description);
        Assert.False(reader.TryReadConstructed(tag, out DerReader contents), description);
        Assert.True(contents.IsEmpty);
        Assert.Equal(encoded, reader.Remaining.ToArray());
    }

    [Theory]
    [InlineData(0, "0400")]
    [InlineData(1, "0401")]
    [InlineData(127, "047F")]
    [InlineData(128, "048180")]
    [InlineData(255, "0481FF")]
    [InlineData(256, "04820100")]
    [InlineData(65535, "0482FFFF")]
    [InlineData(65536, "0483010000")]
    [InlineData(0xFF_FFFF, "0483FFFFFF")]
    [InlineData(0x100_0000, "048401000000")]
    public void Each_length_has_one_header_and_is_read_from_it(int length, string header)
    {
        byte[] encoded = [.. Convert.FromHexString(header), .. new byte[length], 0xEE];
        var reader = new DerReader(encoded);
        Assert.True(reader.TryReadOctetString(out ReadOnlySpan<byte> contents));
        Assert.Equal(length, contents.Length);
        Assert.Equal([0xEE], reader.Remaining.ToArray());

        reader = new DerReader(encoded);
        Assert.True(reader.TryReadEncoded(out ReadOnlySpan<byte> whole));
        Assert.Equal(encoded.Length - 1, whole.Length);

        reader = new DerReader(encoded.AsSpan(0, Math.Max(0, encoded.Length - 2)));
        Assert.False(reader.TryReadOctetString(out _));
    }

    [Fact]
    [Requirement("T-5")]
    public void Trailing_bytes_are_left_for_the_caller_to_see()
    {
        var reader = new DerReader(Convert.FromHexString("3004020101AA" + "FF"));
        Assert.True(reader.TryReadSequence(out DerReader inside));
        Assert.False(reader.IsEmpty);
        Assert.True(inside.TryReadInteger(out _));
        Assert.False(inside.IsEmpty);
        Assert.Equal([0xAA], inside.Remaining.ToArray());
    }

    [Fact]
    public void Contents_end_where_their_value_ends()
    {
        // the INTEGER inside claims a byte that belongs to the SEQUENCE's successor
        var reader = new DerReader(Convert.FromHexString("3003020201" + "0500"));
        Assert.True(reader.TryReadSequence(out DerReader inside));
        Assert.False(inside.TryReadInteger(out _));
        Assert.True(reader.TryReadNull());
    }

    [Fact]
    public void At_the_end_there_is_nothing_to_read()
    {
        var reader = new DerReader([]);
        Assert.True(reader.IsEmpty);
        Assert.False(reader.HasTag(0));
        Assert.False(reader.TryReadNull());
    }
}
