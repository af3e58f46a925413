using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PkiCore.Asn1;
using PkiCore.Crl.Reading;
using PkiCore.Crl;
using PkiCore.Tests.Asn1;

namespace PkiCore.Tests.Crl;

public sealed class CrlReaderEntryTests
{
    private const string Reason = "30(06 03 551D15 04 03 0A0101)";
    private const string UnknownCritical = "30(06 03 2A0304 0101FF 0400)";

    [Theory]
    [Requirement("CF-12", "T-7")]
    [InlineData("00")]
    [InlineData("FF")]
    [InlineData("80")]
    [InlineData("0080")]
    [InlineData("FF7F")]
    [InlineData("0102030405060708090A0B0C0D0E0F1011121314")]
    [InlineData("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F", false)]
    [InlineData("7F0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F")]
    [InlineData("7F0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F40", false)]
    [InlineData("", false)]
    [InlineData("007F", false)]
    [InlineData("0000", false)]
    [InlineData("FF80", false)]
    [InlineData("FFFF", false)]
    public void Serial_number_of_any_kind_comes_as_its_octets_or_is_not_an_INTEGER(string serial, bool valid = true)
    {
        // usual, with a reason, and with an extension that takes the long way
        string date = "17 0D 3234303131353130303030305A";
        string[] shapes = [$"30(02({serial}) {date})", $"30(02({serial}) {date} 30({Reason}))", $"30(02({serial}) {date} 30({UnknownCritical}))"];
        foreach (string entry in shapes)
        {
            if (valid)
            {
                Assert.Equal(Convert.FromHexString(serial), CrlReading.All(CrlText.WithEntries(entry))[0].Serial);
            }
            else
            {
                Assert.Contains("serial number", Assert.Throws<InvalidDataException>(() => CrlReading.Count(CrlText.WithEntries(entry))).Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [Requirement("CE-1")]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(6, true)]
    [InlineData(7, false)]
    [InlineData(8, true)]
    [InlineData(9, true)]
    [InlineData(10, true)]
    [InlineData(11, false)]
    [InlineData(255, false)]
    public void Reason_is_one_of_those_there_are(int reason, bool valid)
    {
        string value = $"0A01{reason:X2}";
        foreach (bool critical in new[] { false, true })
        {
            byte[] encoded = CrlText.WithEntries(CrlText.Entry("05", CrlText.Extension("551D15", value, critical)));
            if (valid)
            {
                Assert.Equal(reason, CrlReading.All(encoded)[0].Reason);
            }
            else
            {
                Assert.Contains("2.5.29.21 is not a reason", Assert.Throws<InvalidDataException>(() => CrlReading.Count(encoded)).Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [Requirement("T-5", "T-6", "T-8", "CE-2", "CE-3", "CF-6", "CF-9")]
    [InlineData("30(02 01 05 17 0D 3234303131353130303030305A 3000)", "something in it")]
    [InlineData("30(02 01 05 17 0D 3234303131353130303030305A 0500)", "something in it")]
    [InlineData("30(02 01 05 17 0D 3234303131353130303030305A 30(" + Reason + ") 0500)", "something in it")]
    [InlineData("30(02 01 05 17 0D 3234303133323130303030305A)", "revocationDate")]
    [InlineData("30(02 01 05 17 0D 3233303232393130303030305A)", "revocationDate")]
    [InlineData("30(02 01 05 17 0D 3234303131353234303030305A)", "revocationDate")]
    [InlineData("30(02 01 05 17 0B 323430313135313030305A)", "revocationDate")]
    [InlineData("30(02 01 05 18 0F 32303439313233313233353935395A)", "revocationDate")]
    [InlineData("30(02 01 05)", "revocationDate")]
    [InlineData("30()", "serial number")]
    [InlineData("31(02 01 05)", "not a SEQUENCE", "not one SEQUENCE")]
    [InlineData("30 8103 020105", "not a SEQUENCE")]
    [InlineData("30 80 020105 0000", "not a SEQUENCE")]
    [InlineData("30", "not a SEQUENCE")]
    [InlineData("30 05 02", "longer than revokedCertificates")]
    [InlineData("30(02 01 05 17 0D 3234303131353130303030305A 30(" + Reason + Reason + "))", "2.5.29.21 is there twice")]
    [InlineData("30(02 01 05 17 0D 3234303131353130303030305A 30(30(06 03 551D15 010100 04 03 0A0101)))", "an extension is malformed")]
    [InlineData("30(02 01 05 17 0D 3234303131353130303030305A 30(30(06 03 551D18 04 0F 17 0D 3234303131353130303030305A)))", "2.5.29.24 is not a GeneralizedTime")]
    [InlineData("30(02 01 05 17 0D 3234303131353130303030305A 30(30(06 03 551D18 04 13 18 11 32303234303131353130303030302E355A)))", "2.5.29.24 is not a GeneralizedTime")]
    [InlineData("30(02 01 05 17 0D 3234303131353130303030305A 30(30(06 03 551D1D 0101FF 04 02 3000)))", "2.5.29.29 is not one GeneralNames")]
    [InlineData("30(02 01 05 17 0D 3234303131353130303030305A 30(30(06 03 551D1D 0101FF 04(30(8201 61)))))", "2.5.29.29 has 0 directory names")]
    public void Malformed_entry_is_refused_with_its_number(string entry, string message, string? other = null)
    {
        string actual = Assert.Throws<InvalidDataException>(() => CrlReading.Count(CrlText.WithEntries(CrlText.Plain, entry))).Message;
        Assert.Matches("^The CRL: byte [0-9]+, entry 2: ", actual);
        Assert.True(actual.Contains(message, StringComparison.Ordinal) || (other is not null && actual.Contains(other, StringComparison.Ordinal)), actual);
    }

    [Fact]
    [Requirement("CF-3")]
    public void Entry_with_extensions_needs_version_2()
    {
        var text = new CrlText { Version = "", Extensions = "", Entries = $"30({CrlText.Entry("05", Reason)})" };
        Assert.Contains("no version 2", Assert.Throws<InvalidDataException>(() => CrlReading.Count(text.Encode())).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Requirement("CE-2", "CF-6")]
    public void Dates_are_read_in_both_forms()
    {
        string invalidity = CrlText.Extension("551D18", "18 0F 32303234303131343039303830375A");
        List<ReadEntry> entries = CrlReading.All(CrlText.WithEntries(
            "30(02 01 01 17 0D 3439313233313233353935395A)", "30(02 01 02 18 0F 32303530303130313030303030305A)", CrlText.Entry("03", invalidity, Reason)));
        Assert.Equal([2049, 2050, 2024], entries.Select(entry => entry.Date.Year));
        Assert.Equal(new DateTimeOffset(2024, 1, 14, 9, 8, 7, TimeSpan.Zero), entries[2].InvalidityDate);
        Assert.Equal([0, 0, 1], entries.Select(entry => entry.Reason));
        Assert.Null(entries[0].InvalidityDate);
    }

    [Fact]
    [Requirement("CE-3", "T-21")]
    public void Certificate_issuer_sticks_until_the_next_one()
    {
        string named = CrlText.Extension("551D1D", $"30(A4({CrlText.OtherIssuer}))", critical: true);
        string back = CrlText.Extension("551D1D", $"30(8201 61 A4({CrlText.OnlyIssuer}))", critical: true);
        string longName = "30(31(30(06 03 550403 0C(" + string.Concat(Enumerable.Repeat("61", 300)) + "))))";
        string longer = CrlText.Extension("551D1D", $"30(A4({longName}))", critical: true);
        byte[] encoded = CrlText.Indirect(
            CrlText.Plain, CrlText.Entry("06", named), CrlText.Plain, CrlText.Entry("07", Reason), CrlText.Entry("08", longer), CrlText.Plain, CrlText.Entry("09", back), CrlText.Plain).Encode();
        string[] expected =
        [
            CrlText.OnlyIssuer, CrlText.OtherIssuer, CrlText.OtherIssuer, CrlText.OtherIssuer, longName, longName, CrlText.OnlyIssuer, CrlText.OnlyIssuer,
        ];
        Assert.Equal(expected.Select(DerText.Parse), CrlReading.All(encoded).Select(entry => entry.Issuer));
        using var reader = new CrlReader(new MemoryStream(encoded));
        Assert.Equal(8, ReadToEnd(reader));
        Assert.Null(reader.UnsupportedCriticalExtension);
    }

    [Fact]
    [Requirement("CE-3")]
    public void Certificate_issuer_in_a_CRL_that_is_not_indirect_makes_it_unusable()
    {
        string named = CrlText.Extension("551D1D", $"30(A4({CrlText.OtherIssuer}))", critical: true);
        using var reader = new CrlReader(new MemoryStream(CrlText.WithEntries(CrlText.Plain, CrlText.Entry("06", named))));
        Assert.True(reader.TryRead(out _));
        Assert.Null(reader.UnsupportedCriticalExtension);
        Assert.True(reader.TryRead(out CrlEntry entry));
        Assert.Equal(reader.IssuerName.ToArray(), entry.CertificateIssuer.ToArray());
        Assert.Equal("entry: 2.5.29.29", reader.UnsupportedCriticalExtension);
    }

    [Fact]
    [Requirement("CX-21")]
    public void First_unknown_critical_extension_of_an_entry_is_named_when_it_is_met()
    {
        using var reader = new CrlReader(new MemoryStream(CrlText.WithEntries(
            CrlText.Entry("05", "30(06 03 2A0309 0400)"), CrlText.Entry("06", Reason, UnknownCritical), CrlText.Entry("07", "30(06 03 2A0305 0101FF 0400)"))));
        Assert.True(reader.TryRead(out _));
        Assert.Null(reader.UnsupportedCriticalExtension);
        Assert.Equal(2, ReadToEnd(reader));
        Assert.Equal("entry: 1.2.3.4", reader.UnsupportedCriticalExtension);
    }

    [Fact]
    public void Number_of_extensions_of_an_entry_is_bounded()
    {
        string[] extensions = [.. Enumerable.Range(0, 33).Select(i => $"30(06 03 2A03{i:X2} 0400)")];
        Assert.Equal(1, CrlReading.Count(CrlText.WithEntries(CrlText.Entry("05", extensions.AsSpan(0, 32)))));
        Assert.Contains("more than 32", Assert.Throws<InvalidDataException>(() => CrlReading.Count(CrlText.WithEntries(CrlText.Entry("05", extensions)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Entry_that_stands_alone_is_read_alike()
    {
        byte[] encoded = DerText.Parse(CrlText.Entry("05", Reason));
        Assert.Null(CrlEntry.TryRead(encoded, [0x30, 0], out CrlEntry entry));
        Assert.Equal(1, (int)entry.Reason);
        Assert.Equal([0x30, 0], entry.CertificateIssuer.ToArray());
        Assert.Equal(CrlEntryTraits.HasReason | CrlEntryTraits.HasExtensions, entry.Traits);
        Assert.NotNull(CrlEntry.TryRead(encoded.AsSpan(1), default, out _));
    }

    [Fact]
    [Requirement("CF-6", "T-15")]
    public void Quick_look_at_a_date_judges_as_the_parser_does()
    {
        string[] examples = ["240229000000Z", "230229000000Z", "000229000000Z", "500131235959Z", "991231235959Z", "240431000000Z", "241301000000Z", "240001000000Z", "240100000000Z", "240101240000Z"];
        Gen<byte[]> near = Gen.Elements(examples).Select(Encoding.ASCII.GetBytes).SelectMany(text =>
            Gen.Choose(0, 12).SelectMany(place => Gen.Elements("0123456789/:Z\0ÿ".ToCharArray()).Select(character => Replace(text, place, (byte)character))));
        Prop.ForAll(near.ToArbitrary(), text => DerTime.IsValidUtc(text) == DerTime.TryParseUtc(text, out _)).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));

        // every day there could be, in every year
        var wrong = new List<string>();
        for (int number = 0; number < 1_000_000; number++)
        {
            byte[] text = Encoding.ASCII.GetBytes($"{number:000000}120000Z");
            if (DerTime.IsValidUtc(text) != DerTime.TryParseUtc(text, out _))
            {
                wrong.Add($"{number:000000}");
            }
        }

        Assert.Empty(wrong);
    }

    private static byte[] Replace(byte[] text, int place, byte value)
    {
        byte[] changed = [.. text];
        changed[place] = value;
        return changed;
    }

    private static int ReadToEnd(CrlReader reader)
    {
        int count = 0;
        while (reader.TryRead(out _))
        {
            count++;
        }

        return count;
    }
}
