using System.Text;
using PkiCore.Status;

namespace PkiCore.Tests.Status;

/// <summary>What fuzzing found.</summary>
public sealed class OpenSslIndexLineRegressionTests
{
    [Theory]
    [InlineData("-7777777777777777777777777777777777777777")]
    [InlineData("-8000000000000000000000000000000000000000")]
    public void Negative_serial_of_20_octets_is_read_with_its_sign(string serial)
    {
        Assert.Null(OpenSslIndexLine.TryParse(Encoding.ASCII.GetBytes($"V\t350101000000Z\t\t{serial}\tunknown\t/CN=a"), out StatusChange change));
        Assert.Equal(serial, change.Serial.ToString());
    }

    [Fact]
    public void Key_suspected_since_the_first_of_all_times_is_revoked()
    {
        Assert.Null(OpenSslIndexLine.TryParse("R\t350101000000Z\t240131120000Z,keyTime,00010101000000Z\t01\tunknown\t/CN=a"u8, out StatusChange change));
        Assert.Equal(DateTimeOffset.MinValue, change.Status.InvalidityDate);
    }
}
