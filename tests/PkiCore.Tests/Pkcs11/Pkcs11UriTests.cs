using PkiCore.Pkcs11;

namespace PkiCore.Tests.Pkcs11;

public sealed class Pkcs11UriTests
{
    [Fact]
    public void Attributes_are_decoded()
    {
        var uri = Pkcs11Uri.Parse("PKCS11:token=My%20CA;manufacturer=M;serial=01;model=x;slot-id=7;object=%C3%A4\U0001F511;id=%00%FF;type=private?module-path=/a%3Bb.so&pin-source=file:/etc/pin");
        Assert.Equal(("My CA", "M", "01", "x", 7UL), (uri.Token, uri.Manufacturer, uri.Serial, uri.Model, uri.SlotId));
        Assert.Equal("ä\U0001F511", uri.ObjectLabel);
        Assert.Equal([0x00, 0xFF], uri.Id!.Value.ToArray());
        Assert.Equal(("/a;b.so", "file:/etc/pin"), (uri.ModulePath, uri.PinSource));
    }

    [Fact]
    public void What_is_left_out_is_null()
    {
        var uri = Pkcs11Uri.Parse("pkcs11:");
        Assert.Null(uri.Token);
        Assert.Null(uri.Id);
        Assert.Null(uri.SlotId);
        Assert.Null(uri.PinSource);
        Assert.Equal(0, Pkcs11Uri.Parse("pkcs11:id=").Id!.Value.Length);
    }

    [Theory]
    [InlineData("file:/x")]
    [InlineData("pkcs11:token")]
    [InlineData("pkcs11:colour=red")]
    [InlineData("pkcs11:module-path=/x")]
    [InlineData("pkcs11:?token=x")]
    [InlineData("pkcs11:token=a;token=b")]
    [InlineData("pkcs11:token=%")]
    [InlineData("pkcs11:token=%4")]
    [InlineData("pkcs11:token=%zz")]
    [InlineData("pkcs11:token=%+1")]
    [InlineData("pkcs11:slot-id=-1")]
    [InlineData("pkcs11:slot-id=99999999999999999999")]
    [InlineData("pkcs11:type=public")]
    [InlineData("pkcs11:?pin-source=https:x")]
    public void What_is_not_supported_is_refused(string text) => Assert.Throws<FormatException>(() => Pkcs11Uri.Parse(text));

    [Theory]
    [InlineData("pkcs11:token=x?pin-value=hunter2")]
    [InlineData("pkcs11:pin-value=hunter2")]
    [InlineData("pkcs11:token=x?PIN-VALUE=hunter2")]
    [InlineData("pkcs11:token=x?pin-value%3Dhunter2")]
    [InlineData("pkcs11:token=x?pin-source=hunter2")]
    [InlineData("pkcs11:token=x?pin-source=env:A&hunter2")]
    [InlineData("pkcs11:token=x?pin-value:hunter2=")]
    public void A_PIN_is_refused_and_not_repeated(string text)
    {
        FormatException fault = Assert.Throws<FormatException>(() => Pkcs11Uri.Parse(text));
        Assert.DoesNotContain("hunter2", fault.ToString(), StringComparison.Ordinal);
        Assert.Contains("PKCS #11", fault.Message, StringComparison.Ordinal);
    }
}
