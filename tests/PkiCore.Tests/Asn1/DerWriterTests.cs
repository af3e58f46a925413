using System.Formats.Asn1;
using PkiCore.Asn1;

namespace PkiCore.Tests.Asn1;

public sealed class DerWriterTests
{
    private delegate void Write(ref DerWriter writer);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(65535)]
    [InlineData(65536)]
    [InlineData(0xFF_FFFF)]
    [InlineData(0x100_0000)]
    public void Length_is_written_as_dotnet_writes_it(int length)
    {
        byte[] contents = new byte[length];
        var expected = new AsnWriter(AsnEncodingRules.DER);
        expected.WriteOctetString(contents);

        byte[] buffer = new byte[DerWriter.GetEncodedLength(length)];
        var writer = new DerWriter(buffer);
        writer.WriteOctetString(contents);
        Assert.Equal(buffer.Length, writer.Written);
        Assert.True(expected.EncodedValueEquals(buffer));
    }

    [Fact]
    public void Encoded_length_over_an_int_is_an_error_not_a_negative_length()
    {
        Assert.Equal(int.MaxValue, DerWriter.GetEncodedLength(int.MaxValue - 6));
        Assert.Throws<OverflowException>(() => DerWriter.GetEncodedLength(int.MaxValue - 5));
    }

    [Fact]
    public void Each_type_is_written_as_dotnet_writes_it()
    {
        AssertWrites(w => w.WriteBoolean(true), (ref w) => w.WriteBoolean(true));
        AssertWrites(w => w.WriteBoolean(false), (ref w) => w.WriteBoolean(false));
        AssertWrites(w => w.WriteInteger(-129), (ref w) => w.WriteInteger([0xFF, 0x7F]));
        AssertWrites(w => w.WriteEnumeratedValue(DayOfWeek.Saturday), (ref w) => w.WriteEnumerated(6));
        AssertWrites(w => w.WriteNull(), (ref w) => w.WriteNull());
        AssertWrites(w => w.WriteObjectIdentifier("1.3.6.1.5.5.7.48.1.1"), (ref w) => w.WriteObjectIdentifier(ObjectIdentifiers.OcspBasic));
        AssertWrites(w => w.WriteBitString([0x80, 0x01]), (ref w) => w.WriteBitString([0x80, 0x01]));
        AssertWrites(w => w.WriteBitString([]), (ref w) => w.WriteBitString([]));
    }

    [Fact]
    public void Header_precedes_contents_that_the_caller_writes()
    {
        byte[] buffer = new byte[7];
        var writer = new DerWriter(buffer);
        writer.WriteHeader(DerTag.ContextConstructed(0), 5);
        writer.WriteHeader(DerTag.Sequence, 3);
        writer.WriteEncoded([0x02, 0x01, 0x07]);
        Assert.Equal("A0053003020107", Convert.ToHexString(buffer));
        Assert.Equal(7, writer.Written);
    }

    [Fact]
    [Requirement("T-15", "RS-9")]
    public void Time_is_in_GMT_and_its_fraction_is_cut_off()
    {
        var almostNextYear = new DateTimeOffset(2024, 12, 31, 18, 59, 59, TimeSpan.FromHours(-5)).AddTicks(TimeSpan.TicksPerSecond - 1);
        AssertWrites(w => w.WriteGeneralizedTime(almostNextYear, omitFractionalSeconds: true), (ref w) => w.WriteGeneralizedTime(almostNextYear));

        byte[] buffer = new byte[17];
        new DerWriter(buffer).WriteGeneralizedTime(almostNextYear);
        Assert.Equal("20241231235959Z", System.Text.Encoding.ASCII.GetString(buffer, 2, 15));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1949)]
    [InlineData(1950)]
    [InlineData(2049)]
    [InlineData(2050)]
    [InlineData(9999)]
    public void No_year_makes_it_UTCTime(int year)
    {
        var time = new DateTimeOffset(year, 2, 28, 23, 59, 59, TimeSpan.Zero);
        AssertWrites(w => w.WriteGeneralizedTime(time, omitFractionalSeconds: true), (ref w) => w.WriteGeneralizedTime(time));
    }

    [Fact]
    public void Enumerated_of_two_octets_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Encode((ref w) => w.WriteEnumerated(128), 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => Encode((ref w) => w.WriteEnumerated(-1), 8));
    }

    [Fact]
    public void Short_destination_is_an_argument_error_wherever_it_ends()
    {
        Write[] all =
        [
            (ref w) => w.WriteHeader(DerTag.Sequence, 5),
            (ref w) => w.WriteHeader(DerTag.Sequence, 128),
            (ref w) => w.WriteHeader(DerTag.Sequence, 65536),
            (ref w) => w.Write(DerTag.OctetString, [1, 2, 3]),
            (ref w) => w.WriteEncoded([1, 2]),
            (ref w) => w.WriteInteger([1]),
            (ref w) => w.WriteEnumerated(1),
            (ref w) => w.WriteBoolean(true),
            (ref w) => w.WriteNull(),
            (ref w) => w.WriteObjectIdentifier([0x2B]),
            (ref w) => w.WriteOctetString([1]),
            (ref w) => w.WriteBitString([]),
            (ref w) => w.WriteBitString([1]),
            (ref w) => w.WriteGeneralizedTime(DateTimeOffset.UnixEpoch),
        ];
        Assert.All(all, write =>
        {
            int length = Encode(write, 64).Length;
            for (int shorter = 0; shorter < length; shorter++)
            {
                Assert.ThrowsAny<ArgumentException>(() => Encode(write, shorter));
            }
        });
    }

    private static byte[] Encode(Write write, int room)
    {
        byte[] buffer = new byte[room];
        var writer = new DerWriter(buffer);
        write(ref writer);
        return buffer[..writer.Written];
    }

    private static void AssertWrites(Action<AsnWriter> expected, Write actual)
    {
        var system = new AsnWriter(AsnEncodingRules.DER);
        expected(system);
        Assert.Equal(Convert.ToHexString(system.Encode()), Convert.ToHexString(Encode(actual, 64)));
    }
}
