using System.Globalization;
using PkiCore.Serving.Storage;
using PkiCore.X509;

namespace PkiCore.Tests.Serving.Storage;

public sealed class SerialKeyTests
{
    private const ulong Seed = 0x0123456789ABCDEF;

    [Theory]
    [InlineData("00")]
    [InlineData("7F")]
    [InlineData("80")] // minus 128
    [InlineData("0080")]
    [InlineData("0100")]
    [InlineData("7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("8000000000000000000000000000000000000000")]
    [InlineData("00FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    public void Keeps_the_serial_number(string contents)
    {
        Assert.True(SerialNumber.TryCreate(Convert.FromHexString(contents), out SerialNumber serial));
        var key = new SerialKey(in serial);
        Assert.True(key.IsValid);
        Assert.Equal(serial, key.ToSerialNumber());
    }

    /// <summary>Authorities count up, or draw at random behind a fixed prefix: neither may crowd a table of 2^n places.</summary>
    [Theory]
    [InlineData("", 4)]
    [InlineData("", 8)]
    [InlineData("", 16)]
    [InlineData("", 20)]
    [InlineData("0000000000000000000000000000", 20)] // counted in front
    [InlineData("0000000000000000", 16)]
    public void Hash_spreads_serial_numbers_that_count_up(string behind, int length)
    {
        const int places = 1 << 16;
        var low = new HashSet<ulong>();
        var high = new HashSet<ulong>();
        for (int i = 0; i < places; i++)
        {
            string digits = "01" + (i.ToString("X4", CultureInfo.InvariantCulture) + behind).PadLeft((2 * length) - 2, '0');
            Assert.True(SerialNumber.TryParse(digits, out SerialNumber serial));
            Assert.Equal(length, serial.Length);
            ulong hash = new SerialKey(in serial).Hash(Seed);
            low.Add(hash % places);
            high.Add(hash >> 48);
        }

        // Thrown at random, as many balls as places hit 1 - 1/e of them.
        double expected = places * (1 - Math.Exp(-1));
        Assert.InRange(low.Count, 0.97 * expected, places);
        Assert.InRange(high.Count, 0.97 * expected, places);
    }
}
