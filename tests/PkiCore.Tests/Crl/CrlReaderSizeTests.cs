using System.Buffers.Binary;
using PkiCore.Crl;

namespace PkiCore.Tests.Crl;

/// <summary>CRLs larger than any array, entries at the edges of the buffer, and the limits.</summary>
public sealed class CrlReaderSizeTests
{
    private const int LongEntry = 60_000;

    [Fact]
    [Requirement("T-27")]
    public void CRL_over_4_GiB_is_read_to_its_end()
    {
        // Large entries: all lengths and offsets are those of 80 million small ones, in a few seconds.
        using var stream = new GeneratedCrl(LongEntry, count: 75_000);
        Assert.True(stream.Length > 1L << 32);
        using var reader = new CrlReader(stream);
        Assert.Equal(stream.Length, reader.Length);
        Assert.Equal(7, reader.Number);
        long expected = 0x4000_0000_0000_0000;
        while (reader.TryRead(out CrlEntry entry))
        {
            Assert.Equal(expected++, BinaryPrimitives.ReadInt64BigEndian(entry.SerialNumber));
        }

        Assert.Equal(75_000, reader.EntryCount);
    }

    [Fact]
    [Requirement("T-27")]
    public void Place_of_a_fault_beyond_2_GiB_is_told()
    {
        using var stream = new GeneratedCrl(LongEntry, count: 36_000) { Spoilt = 35_999 };
        using var reader = new CrlReader(stream);
        string message = Assert.Throws<InvalidDataException>(() => ReadToEnd(reader)).Message;
        long offset = stream.HeadLength + (35_999L * stream.EntryLength);
        Assert.True(offset > int.MaxValue);
        Assert.StartsWith($"The CRL: byte {offset}, entry 36000: ", message, StringComparison.Ordinal);
        Assert.Equal(message, Assert.Throws<InvalidDataException>(() => ReadToEnd(reader)).Message); // it does not get past
    }

    [Fact]
    public void Entries_of_every_length_come_whole_however_the_stream_parts_them()
    {
        // Over the edge of the buffer in many places: the lengths are odd against its size.
        foreach (int length in new[] { 61, 127, 130, 255, 260, 4_099, 65_400 })
        {
            using var stream = new GeneratedCrl(length, count: 1 + (700_000 / length));
            using var reader = new CrlReader(stream);
            long expected = 0x4000_0000_0000_0000;
            while (reader.TryRead(out CrlEntry entry))
            {
                Assert.Equal(expected++, BinaryPrimitives.ReadInt64BigEndian(entry.SerialNumber));
                Assert.Equal(stream.EntryLength, entry.Encoded.Length);
            }

            Assert.Equal(1 + (700_000 / length), reader.EntryCount);
        }
    }

    [Fact]
    [Requirement("T-27")]
    public void Reading_entries_allocates_nothing()
    {
        using var stream = new GeneratedCrl(entryLength: 61, count: 100_000);
        using var reader = new CrlReader(stream);
        int sum = 0;
        AllocationBudget.Assert("read an entry of a CRL", () =>
        {
            Assert.True(reader.TryRead(out CrlEntry entry));
            sum += entry.SerialNumber.Length + (int)entry.Reason + entry.CertificateIssuer.Length + entry.RevocationDate.Year + (entry.InvalidityDate is null ? 0 : 1);
        });
        Assert.NotEqual(0, sum);
    }

    [Theory]
    [InlineData("30 86 000000000100", "does not begin with a SEQUENCE")]
    [InlineData("30 86 010000000000", "does not begin with a SEQUENCE")]
    [InlineData("30 85 0100000000 30 03 020101", "cut off")]
    [InlineData("30 85 00FFFFFFFF", "does not begin with a SEQUENCE")]
    [InlineData("30 84 0000007F", "does not begin with a SEQUENCE")]
    [InlineData("30 08 30 85 FFFFFFFFFF 00", "longer than the CRL")]
    [InlineData("", "does not begin with a SEQUENCE")]
    public void Length_that_cannot_be_is_refused(string hex, string message)
    {
        byte[] encoded = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => new CrlReader(new MemoryStream(encoded))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_are_named_when_they_are_passed()
    {
        string filler = new('0', 2 * 70_000);
        CrlText[] texts =
        [
            new() { Entries = $"30({CrlText.Entry("05", $"30(06 03 2A0304 04({filler}))")})" },
            new() { Issuer = $"30(31(30(06 03 550403 0C({filler}))))" },
            new() { Extensions = $"A0(30(30(06 03 2A0304 04({new string('0', 2_200_000)}))))" },
            new() { Signature = $"03(00 {filler})" },
            new() { Extensions = $"A0(30({string.Concat(Enumerable.Range(0, 129).Select(i => $"30(06 03 2A{i / 64:X2}{i % 64:X2} 0400)"))}))" },
        ];
        string[] limits = ["an entry of more than 64 KiB", "at most 64 KiB", "over 1024 KiB", "over 68 KiB", "more than 128 extensions"];
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.Contains(limits[i], Assert.Throws<InvalidDataException>(() => CrlReading.Count(texts[i].Encode())).Message, StringComparison.Ordinal);
        }
    }

    private static void ReadToEnd(CrlReader reader)
    {
        while (reader.TryRead(out _))
        {
        }
    }
}
