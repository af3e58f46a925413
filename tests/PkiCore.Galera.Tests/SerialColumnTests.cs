using PkiCore.X509;

namespace PkiCore.Galera.Tests;

public sealed class SerialColumnTests
{
    [Theory]
    [InlineData("0", "00")]
    [InlineData("01", "01")]
    [InlineData("80", "80")]
    [InlineData("0102", "0102")]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    public void Serial_number_is_read_as_it_was_written(string serial, string column)
    {
        Assert.True(SerialNumber.TryParse(serial, out SerialNumber number));
        byte[]? value = SerialColumn.TryWrite(number);
        Assert.NotNull(value);
        Assert.Equal(column, Convert.ToHexString(value));
        Assert.True(SerialColumn.TryRead([0xFF, .. value], out SerialNumber read));
        Assert.Equal(number, read);
    }

    [Fact]
    public void Negative_number_cannot_be_kept()
    {
        Assert.True(SerialNumber.TryParse("-80", out SerialNumber negative));
        Assert.Null(SerialColumn.TryWrite(negative));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0001")]
    [InlineData("0080")]
    [InlineData("01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    public void Octets_that_the_schema_does_not_want_are_refused(string column) =>
        Assert.False(SerialColumn.TryRead([0, .. Convert.FromHexString(column)], out _));
}
