using System.Text;
using PkiCore.Asn1;

namespace PkiCore.Tests.Asn1;

/// <summary>One row per form of each type; where .NET's decoder has the same rule it has to agree.</summary>
public sealed class DerReaderTypeTests
{
    private const string FirstOf2024 = "180F32303234303130313030303030305A";

    [Theory]
    [Requirement("T-7", "T-9")]
    [InlineData("BOOLEAN", "FALSE", "010100")]
    [InlineData("BOOLEAN", "TRUE", "0101FF")]
    [InlineData("INTEGER", "0", "020100")]
    [InlineData("INTEGER", "-1", "0201FF")]
    [InlineData("INTEGER", "127, the last of one octet", "02017F")]
    [InlineData("INTEGER", "128 with the zero octet that keeps it positive", "02020080")]
    [InlineData("INTEGER", "-128, the last of one octet", "020180")]
    [InlineData("INTEGER", "-129", "0202FF7F")]
    [InlineData("INTEGER", "21 octets", "021500FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("ENUMERATED", "0", "0A0100")]
    [InlineData("ENUMERATED", "127", "0A017F")]
    [InlineData("BIT STRING", "empty", "030100")]
    [InlineData("BIT STRING", "whole octets", "030200FF")]
    [InlineData("BIT STRING", "one unused bit, zero", "030201FE")]
    [InlineData("BIT STRING", "seven unused bits, zero", "03020780")]
    [InlineData("OCTET STRING", "empty", "0400")]
    [InlineData("OCTET STRING", "hello", "040568656C6C6F")]
    [InlineData("NULL", "nothing", "0500")]
    [InlineData("OBJECT IDENTIFIER", "0.0", "060100")]
    [InlineData("OBJECT IDENTIFIER", "2.999", "06028837")]
    [InlineData("OBJECT IDENTIFIER", "sha256WithRSAEncryption", "06092A864886F70D01010B")]
    [InlineData("GeneralizedTime", "2024", FirstOf2024)]
    [InlineData("GeneralizedTime", "leap day of 2000", "180F32303030303232393233353935395A")]
    [InlineData("GeneralizedTime", "the end of time", "180F39393939313233313233353935395A")]
    [InlineData("GeneralizedTime", "the year 1", "180F30303031303130313030303030305A")]
    [InlineData("SEQUENCE", "empty", "3000")]
    [InlineData("SEQUENCE", "of two", "3006020101020102")]
    public void Takes_what_is_DER(string type, string description, string hex)
    {
        byte[] encoded = Convert.FromHexString(hex);
        Assert.True(DerTypes.Accepts(type, encoded), description);
        Assert.True(DerTypes.SystemAccepts(type, encoded), description);
    }

    [Theory]
    [Requirement("T-6", "T-7", "T-8", "T-9")]
    [InlineData("BOOLEAN", "01 is TRUE in BER only", "010101")]
    [InlineData("BOOLEAN", "FE is TRUE in BER only", "0101FE")]
    [InlineData("BOOLEAN", "empty", "0100")]
    [InlineData("BOOLEAN", "two octets", "0102FFFF")]
    [InlineData("BOOLEAN", "constructed", "2103010100")]
    [InlineData("INTEGER", "empty", "0200")]
    [InlineData("INTEGER", "1 with a needless zero octet", "02020001")]
    [InlineData("INTEGER", "127 with a needless zero octet", "0202007F")]
    [InlineData("INTEGER", "1 with two needless zero octets", "0203000001")]
    [InlineData("INTEGER", "-128 with a needless FF", "0202FF80")]
    [InlineData("INTEGER", "-1 with a needless FF", "0202FFFF")]
    [InlineData("INTEGER", "constructed", "2203020101")]
    [InlineData("ENUMERATED", "empty", "0A00")]
    [InlineData("ENUMERATED", "needless zero octet", "0A020001")]
    [InlineData("BIT STRING", "without the octet of unused bits", "0300")]
    [InlineData("BIT STRING", "unused bits of nothing", "030101")]
    [InlineData("BIT STRING", "eight unused bits", "03020800")]
    [InlineData("BIT STRING", "255 unused bits", "0302FF00")]
    [InlineData("BIT STRING", "an unused bit that is one", "030201FF")]
    [InlineData("BIT STRING", "the highest of seven unused bits is one", "030207C0")]
    [InlineData("BIT STRING", "constructed", "23040302 00FF")]
    [InlineData("OCTET STRING", "constructed", "24040402 AABB")]
    [InlineData("OCTET STRING", "constructed, of no segments", "2400")]
    [InlineData("OCTET STRING", "constructed, indefinite length", "24800401AA0000")]
    [InlineData("NULL", "with contents", "050100")]
    [InlineData("NULL", "long form of length 0", "058100")]
    [InlineData("NULL", "constructed", "2500")]
    [InlineData("NULL", "without length", "05")]
    [InlineData("OBJECT IDENTIFIER", "empty", "0600")]
    [InlineData("OBJECT IDENTIFIER", "last subidentifier unfinished", "06022A86")]
    [InlineData("OBJECT IDENTIFIER", "first subidentifier unfinished", "060181")]
    [InlineData("OBJECT IDENTIFIER", "first subidentifier with leading 80", "06028001")]
    [InlineData("OBJECT IDENTIFIER", "later subidentifier with leading 80", "0603500180")]
    [InlineData("OBJECT IDENTIFIER", "constructed", "260306012A")]
    [InlineData("GeneralizedTime", "without seconds", "180D3230323430313031303030305A")]
    [InlineData("GeneralizedTime", "without Z", "180E3230323430313031303030303030")]
    [InlineData("GeneralizedTime", "with offset", "181332303234303130313030303030302B30303030")]
    [InlineData("GeneralizedTime", "small z", "180F32303234303130313030303030307A")]
    [InlineData("GeneralizedTime", "fraction of zeros", "181132303234303130313030303030302E305A")]
    [InlineData("GeneralizedTime", "comma before the fraction", "181132303234303130313030303030302C355A")]
    [InlineData("GeneralizedTime", "month 0", "180F32303234303030313030303030305A")]
    [InlineData("GeneralizedTime", "month 13", "180F32303234313330313030303030305A")]
    [InlineData("GeneralizedTime", "day 0", "180F32303234303130303030303030305A")]
    [InlineData("GeneralizedTime", "29 February 2023", "180F32303233303232393030303030305A")]
    [InlineData("GeneralizedTime", "29 February 1900", "180F31393030303232393030303030305A")]
    [InlineData("GeneralizedTime", "hour 24", "180F32303234303130313234303030305A")]
    [InlineData("GeneralizedTime", "minute 60", "180F32303234303130313030363030305A")]
    [InlineData("GeneralizedTime", "a leap second", "180F32303136313233313233353936305A")]
    [InlineData("GeneralizedTime", "the year 0", "180F30303030303130313030303030305A")]
    [InlineData("GeneralizedTime", "blank instead of a digit", "180F32303234303130312030303030305A")]
    [InlineData("GeneralizedTime", "UTCTime", "170D3234303130313030303030305A")]
    [InlineData("GeneralizedTime", "empty", "1800")]
    [InlineData("SEQUENCE", "primitive", "1000")]
    [InlineData("SEQUENCE", "indefinite length", "30800000")]
    [InlineData("SEQUENCE", "SET", "3100")]
    public void Refuses_what_is_not_DER_and_stays(string type, string description, string hex)
    {
        byte[] encoded = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        AssertRefused(type, description, encoded);
        Assert.False(DerTypes.SystemAccepts(type, encoded), description);
    }

    [Theory]
    [Requirement("T-15")]
    [InlineData("GeneralizedTime", "DER has fractions, RFC 5280 4.1.2.5.2 has not", "181132303234303130313030303030302E355A")]
    [InlineData("ENUMERATED", "no value in OCSP or CRLs is over 127", "0A020080")]
    [InlineData("ENUMERATED", "no value in OCSP or CRLs is negative", "0A01FF")]
    public void Refuses_more_than_DER_does_where_the_profile_is_narrower(string type, string reason, string hex)
    {
        byte[] encoded = Convert.FromHexString(hex);
        AssertRefused(type, reason, encoded);
        Assert.True(DerTypes.SystemAccepts(type, encoded), reason);
    }

    [Theory]
    [InlineData("BOOLEAN", "0101FF")]
    [InlineData("INTEGER", "020101")]
    [InlineData("ENUMERATED", "0A0101")]
    [InlineData("BIT STRING", "030200FF")]
    [InlineData("OCTET STRING", "0401AA")]
    [InlineData("NULL", "0500")]
    [InlineData("OBJECT IDENTIFIER", "060100")]
    [InlineData("GeneralizedTime", FirstOf2024)]
    [InlineData("SEQUENCE", "3000")]
    public void Another_type_is_refused_and_stays_to_be_read(string type, string hex)
    {
        byte[] encoded = Convert.FromHexString(hex);
        string[] others = ["BOOLEAN", "INTEGER", "ENUMERATED", "BIT STRING", "OCTET STRING", "NULL", "OBJECT IDENTIFIER", "GeneralizedTime", "SEQUENCE"];
        foreach (string other in others.Where(other => other != type))
        {
            AssertRefused(other, $"{type} as {other}", encoded);
        }

        Assert.True(DerTypes.Accepts(type, encoded));
    }

    [Fact]
    public void Reads_contents_and_goes_on_behind_them()
    {
        var reader = new DerReader(Convert.FromHexString("0101FF" + "0202FF7F" + "0A0106" + "030303AAB8" + "0402C0DE" + "0500" + "06022B06" + FirstOf2024));
        Assert.True(reader.TryReadBoolean(out bool flag) && flag);
        Assert.True(reader.TryReadInteger(out ReadOnlySpan<byte> integer));
        Assert.Equal("FF7F", Convert.ToHexString(integer));
        Assert.True(reader.TryReadEnumerated(out int value));
        Assert.Equal(6, value);
        Assert.True(reader.TryReadBitString(out ReadOnlySpan<byte> bits, out int unused));
        Assert.Equal(("AAB8", 3), (Convert.ToHexString(bits), unused));
        Assert.True(reader.TryReadOctetString(out ReadOnlySpan<byte> octets));
        Assert.Equal("C0DE", Convert.ToHexString(octets));
        Assert.True(reader.TryReadNull());
        Assert.True(reader.TryReadObjectIdentifier(out ReadOnlySpan<byte> oid));
        Assert.Equal("2B06", Convert.ToHexString(oid));
        Assert.True(reader.TryReadGeneralizedTime(out DateTimeOffset time));
        Assert.Equal(new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero), time);
        Assert.True(reader.IsEmpty);
    }

    [Fact]
    public void Limit_is_on_the_contents_and_a_longer_value_stays()
    {
        byte[] encoded = Convert.FromHexString("0403010203");
        var reader = new DerReader(encoded);
        Assert.False(reader.TryReadOctetString(out ReadOnlySpan<byte> contents, maxLength: 2));
        Assert.True(contents.IsEmpty);
        Assert.Equal(encoded, reader.Remaining.ToArray());
        Assert.True(reader.TryReadOctetString(out _, maxLength: 3));

        reader = new DerReader(Convert.FromHexString("0203010203"));
        Assert.False(reader.TryReadInteger(out _, maxLength: 2));
        Assert.True(reader.TryReadInteger(out _, maxLength: 3));

        reader = new DerReader(Convert.FromHexString("06032B0601"));
        Assert.False(reader.TryReadObjectIdentifier(out _, maxLength: 2));
        Assert.True(reader.TryReadObjectIdentifier(out _, maxLength: 3));
    }

    [Fact]
    public void Every_digit_of_a_time_is_checked()
    {
        byte[] valid = Encoding.ASCII.GetBytes("20240229123456Z");
        for (int i = 0; i < valid.Length; i++)
        {
            foreach (byte wrong in (byte[])[(byte)'0' - 1, (byte)'9' + 1, 0x00, 0xFF])
            {
                byte[] text = [.. valid];
                text[i] = wrong;
                Assert.False(DerTime.TryParse(text, out _), Encoding.Latin1.GetString(text));
            }
        }
    }

    private static void AssertRefused(string type, string description, ReadOnlySpan<byte> encoded)
    {
        // behind another value, so that staying and going back to the start differ
        byte[] input = [DerTag.Null, 0, .. encoded];
        var reader = new DerReader(input);
        Assert.True(reader.TryReadNull());
        Assert.False(DerTypes.TryRead(type, ref reader), description);
        Assert.True(encoded.SequenceEqual(reader.Remaining), description);
    }
}
