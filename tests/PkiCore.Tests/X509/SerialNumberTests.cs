using System.Globalization;
using System.Numerics;
using System.Security.Cryptography.X509Certificates;
using FsCheck;
using FsCheck.Fluent;
using PkiCore.X509;

namespace PkiCore.Tests.X509;

[Requirement("T-7")]
public sealed class SerialNumberTests
{
    [Theory]
    [InlineData("zero", "00", "00")]
    [InlineData("one", "01", "01")]
    [InlineData("minus one", "FF", "-01")]
    [InlineData("127", "7F", "7F")]
    [InlineData("128", "0080", "80")]
    [InlineData("minus 128", "80", "-80")]
    [InlineData("255", "00FF", "FF")]
    [InlineData("minus 255", "FF01", "-FF")]
    [InlineData("minus 256", "FF00", "-0100")]
    [InlineData("minus 32768", "8000", "-8000")]
    [InlineData("20 octets", "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("20 octets behind a zero", "00FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("the least of 20 octets behind a zero", "008000000000000000000000000000000000000000", "8000000000000000000000000000000000000000")]
    [InlineData("the most negative of 20 octets", "8000000000000000000000000000000000000000", "-8000000000000000000000000000000000000000")]
    public void Prints_as_OpenSSL_does_and_reads_that_back(string description, string contents, string text)
    {
        Assert.True(SerialNumber.TryCreate(Convert.FromHexString(contents), out SerialNumber serial), description);
        Assert.Equal(text, serial.ToString());
        Assert.True(SerialNumber.TryParse(text, out SerialNumber parsed), description);
        Assert.Equal(serial, parsed);
        Assert.Equal(contents, Contents(parsed));
    }

    [Theory]
    [InlineData("empty", "")]
    [InlineData("needless zero octet", "0001")]
    [InlineData("needless FF", "FF80")]
    [InlineData("21 octets", "010000000000000000000000000000000000000000")]
    [InlineData("the greatest of 21 octets", "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("21 octets, negative", "FF7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("the most negative of 21 octets", "800000000000000000000000000000000000000000")]
    [InlineData("needless zero octet in front of 20", "007FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("22 octets", "01000000000000000000000000000000000000000000")]
    [InlineData("21 octets behind a zero", "0080000000000000000000000000000000000000000000")]
    public void Contents_that_are_no_INTEGER_or_too_long_are_refused(string description, string contents)
    {
        Assert.False(SerialNumber.TryCreate(Convert.FromHexString(contents), out SerialNumber serial), description);
        Assert.Equal(default, serial);
    }

    [Theory]
    [InlineData("lower case", "ab", "00AB")]
    [InlineData("one digit", "5", "05")]
    [InlineData("odd number of digits", "ABC", "0ABC")]
    [InlineData("many leading zeros", "0000000000000000000000000000000000000000000000000000000000000080", "0080")]
    [InlineData("zeros only", "0000", "00")]
    [InlineData("minus zero", "-0", "00")]
    [InlineData("negative with leading zeros", "-0080", "80")]
    public void Other_spellings_are_read(string description, string text, string contents)
    {
        Assert.True(SerialNumber.TryParse(text, out SerialNumber serial), description);
        Assert.Equal(contents, Contents(serial));
    }

    [Theory]
    [InlineData("nothing", "")]
    [InlineData("sign alone", "-")]
    [InlineData("two signs", "--1")]
    [InlineData("plus", "+1")]
    [InlineData("prefix", "0x10")]
    [InlineData("colons", "01:02")]
    [InlineData("blank", " 1")]
    [InlineData("no digit", "G0")]
    [InlineData("sign inside", "1-1")]
    [InlineData("not ASCII", "\uFF11")]
    [InlineData("the least of 21 octets", "010000000000000000000000000000000000000000")]
    [InlineData("21 octets that need a 22nd for the sign", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("one beyond the most negative", "-8000000000000000000000000000000000000001")]
    [InlineData("22 octets", "01000000000000000000000000000000000000000000")]
    public void Other_text_is_refused(string description, string text)
    {
        Assert.False(SerialNumber.TryParse(text, out SerialNumber serial), description);
        Assert.Equal(default, serial);
    }

    [Theory]
    [InlineData("neg255", "-FF")]
    [InlineData("pos255", "FF")]
    [InlineData("zero", "00")]
    [InlineData("twenty_octets", "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    public void Odd_serial_numbers_of_real_certificates(string name, string expected)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(Vectors.PathOf($"botan/serial_numbers/{name}.pem"));
        Assert.True(SerialNumber.TryCreate(certificate.SerialNumberBytes.Span, out SerialNumber serial));
        Assert.Equal(expected, serial.ToString());
        Assert.True(SerialNumber.TryParse(expected, out SerialNumber parsed));
        Assert.True(parsed == serial);
    }

    [Fact]
    public void A_real_certificate_with_21_octets_has_no_serial_number()
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(Vectors.PathOf("botan/serial_numbers/twentyone_octets.pem"));
        Assert.Equal(21, certificate.SerialNumberBytes.Length);
        Assert.False(SerialNumber.TryCreate(certificate.SerialNumberBytes.Span, out _));
        Assert.False(SerialNumber.TryParse(certificate.SerialNumber, out _));
    }

    [Fact]
    public void Compared_by_all_octets_and_their_number()
    {
        byte[] contents = new byte[SerialNumber.MaxLength];
        contents[1] = 0x80;
        Assert.True(SerialNumber.TryCreate(contents, out SerialNumber serial));
        Assert.True(SerialNumber.TryCreate(contents, out SerialNumber same));
        Assert.Equal(serial.GetHashCode(), same.GetHashCode());
        Assert.True(serial.Equals((object)same));
        Assert.False(serial.Equals((object)"01"));
        for (int i = 1; i < contents.Length; i++)
        {
            byte[] other = [.. contents];
            other[i] ^= 0x02;
            Assert.True(SerialNumber.TryCreate(other, out SerialNumber different));
            Assert.True(serial != different, $"octet {i}");
            Assert.True(SerialNumber.TryCreate(contents.AsSpan(0, i + 1), out SerialNumber shorter));
            Assert.Equal(i + 1 == contents.Length, serial == shorter);
        }
    }

    [Fact]
    public void Default_is_no_serial_number()
    {
        Assert.Equal(0, default(SerialNumber).Length);
        Assert.Equal("", default(SerialNumber).ToString());
        Assert.True(SerialNumber.TryCreate([0], out SerialNumber zero));
        Assert.NotEqual(default, zero);
    }

    [Fact]
    public void Copy_needs_room()
    {
        Assert.True(SerialNumber.TryCreate([1, 2, 3], out SerialNumber serial));
        Assert.Equal(3, serial.CopyTo(new byte[3]));
        Assert.ThrowsAny<ArgumentException>(() => serial.CopyTo(new byte[2]));
    }

    [Fact]
    public void Every_number_agrees_with_BigInteger() => Prop.ForAll<BigInteger, byte>((number, shift) =>
    {
        number <<= shift % 150;
        byte[] contents = number.ToByteArray(isUnsigned: false, isBigEndian: true);
        if (!SerialNumber.TryCreate(contents, out SerialNumber serial))
        {
            return contents.Length - (contents[0] == 0 ? 1 : 0) > 20;
        }

        string text = serial.ToString();
        BigInteger read = BigInteger.Parse("0" + text.TrimStart('-'), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return (text[0] == '-' ? -read : read) == number
            && SerialNumber.TryParse(text, out SerialNumber parsed) && parsed == serial
            && Contents(serial) == Convert.ToHexString(contents);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void Whatever_is_text_is_read_or_refused_but_never_an_exception() => Prop.ForAll<string>(text =>
        !SerialNumber.TryParse(text ?? "", out SerialNumber serial) || (SerialNumber.TryParse(serial.ToString(), out SerialNumber again) && again == serial))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    private static string Contents(SerialNumber serial)
    {
        byte[] bytes = new byte[serial.Length];
        serial.CopyTo(bytes);
        return Convert.ToHexString(bytes);
    }
}
