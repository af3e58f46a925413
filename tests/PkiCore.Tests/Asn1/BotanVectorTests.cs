using System.Formats.Asn1;
using System.Text;
using PkiCore.Asn1;

namespace PkiCore.Tests.Asn1;

/// <summary>Botan's text vectors, row by row, with the verdict they have for DER.</summary>
public sealed class BotanVectorTests
{
    /// <summary>Rows on which we differ on purpose.</summary>
    private static readonly Dictionary<string, string> s_differences = new(StringComparer.Ordinal)
    {
        ["0606519080808000"] = "valid: Botan's subidentifiers end at 32 bits, ours are bytes that are compared",
        ["06059080808000"] = "valid: as above",
        ["0606FFFFFFFFFF7F"] = "valid: as above",
        ["000002010A"] = "tag 0 is reserved, and no type read here has it: TryReadEncoded does not judge tags",
        ["2000"] = "as above",
        ["00020000"] = "as above",
    };

    public static TheoryData<string, string, bool> DecodingRows()
    {
        var rows = new TheoryData<string, string, bool>();
        string comment = "";
        string input = "";
        bool refused = false;
        foreach (string line in File.ReadLines(Vectors.PathOf("botan/asn1_decoding.vec")))
        {
            string value = line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim();
            if (line.StartsWith('#'))
            {
                comment = line[1..].Trim();
            }
            else if (line.StartsWith("Input", StringComparison.Ordinal))
            {
                (input, refused) = (value, false);
            }
            else if (line.StartsWith("ResultDER", StringComparison.Ordinal))
            {
                refused = true;
            }
            else if (line.StartsWith("ResultBER", StringComparison.Ordinal))
            {
                rows.Add(comment, input, !refused && value == "OK");
            }
        }

        return rows;
    }

    [Theory]
    [Requirement("T-6", "T-7", "T-8", "T-9")]
    [MemberData(nameof(DecodingRows))]
    public void Decoding_row_is_judged_as_DER(string description, string hex, bool valid)
    {
        Assert.True(Walk(Convert.FromHexString(hex)) == (valid || s_differences.ContainsKey(hex)), description);
    }

    [Fact]
    public void All_rows_are_read()
    {
        Assert.Equal(58, DecodingRows().Count);
        Assert.Equal(26, Section("botan/asn1_time.vec", "").Count());
        Assert.All(s_differences.Keys, hex => Assert.Contains(DecodingRows(), row => row.Data.Item2 == hex));
    }

    [Fact]
    public void Valid_object_identifiers_are_read()
    {
        string[] lines = [.. File.ReadLines(Vectors.PathOf("botan/asn1_oid.vec"))];
        var ders = lines.Where(line => line.StartsWith("DER", StringComparison.Ordinal)).Select(line => line[6..]).ToList();
        var oids = lines.Where(line => line.StartsWith("OID", StringComparison.Ordinal)).Select(line => line[6..]).ToList();
        Assert.Equal(19, ders.Count);
        for (int i = 0; i < ders.Count; i++)
        {
            Assert.True(DerTypes.Accepts("OBJECT IDENTIFIER", Convert.FromHexString(ders[i])), oids[i]);
            Assert.Equal(oids[i], AsnDecoder.ReadObjectIdentifier(Convert.FromHexString(ders[i]), AsnEncodingRules.DER, out _));
        }
    }

    [Fact]
    public void Invalid_object_identifiers_are_refused()
    {
        string[] rows = [.. File.ReadLines(Vectors.PathOf("botan/asn1_oid_invalid.vec"))
            .Where(line => line.StartsWith("DER", StringComparison.Ordinal)).Select(line => line[6..])];
        Assert.NotEmpty(rows);
        Assert.All(rows, hex => Assert.Equal(s_differences.ContainsKey(hex), DerTypes.Accepts("OBJECT IDENTIFIER", Convert.FromHexString(hex))));
    }

    [Fact]
    [Requirement("T-15")]
    public void Valid_times_are_read_and_invalid_ones_refused()
    {
        Assert.All(Section("botan/asn1_time.vec", "[Generalized]"), text => Assert.True(IsTime(text), text));
        // Botan refuses years before 1950, as UTCTime has them not; GeneralizedTime has.
        Assert.All(Section("botan/asn1_time.vec", "[Generalized.invalid]"), text => Assert.Equal(text.StartsWith("1949", StringComparison.Ordinal), IsTime(text)));
        Assert.All(Section("botan/asn1_time.vec", "[UTC]"), text => Assert.False(IsTime(text), text));
        Assert.All(Section("botan/asn1_time.vec", "[UTC.invalid]"), text => Assert.False(IsTime(text), text));
    }

    private static bool IsTime(string text)
    {
        byte[] contents = Encoding.ASCII.GetBytes(text);
        return DerTypes.Accepts("GeneralizedTime", [DerTag.GeneralizedTime, (byte)contents.Length, .. contents]);
    }

    /// <summary>The Tspec rows of a section, or of the whole file.</summary>
    private static IEnumerable<string> Section(string name, string section)
    {
        string current = "";
        foreach (string line in File.ReadLines(Vectors.PathOf(name)))
        {
            current = line.StartsWith('[') ? line.Trim() : current;
            if (line.StartsWith("Tspec", StringComparison.Ordinal) && (section.Length == 0 || current == section))
            {
                yield return line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim();
            }
        }
    }

    /// <summary>Reads values to the end, each by its own rule, and those inside constructed ones.</summary>
    private static bool Walk(ReadOnlySpan<byte> input)
    {
        var reader = new DerReader(input);
        while (!reader.IsEmpty)
        {
            byte tag = reader.Remaining[0];
            DerReader before = reader;
            if (!DerTypes.TryRead(DerTypes.NameOf(tag), ref reader)
                || ((tag & 0x20) != 0 && !(before.TryReadConstructed(tag, out DerReader inside) && Walk(inside.Remaining))))
            {
                return false;
            }
        }

        return true;
    }
}
