using System.Formats.Asn1;
using System.Numerics;
using PkiCore.X509;

namespace PkiCore.Tests.X509;

/// <summary>Raw r and s as tokens return them, to DER.</summary>
[Requirement("T-23")]
public sealed class EcdsaSignatureValueTests
{
    [Theory]
    [InlineData("0001", "0002", "3006020101020102")] // fewest octets
    [InlineData("0080", "00FF", "3008020200800202" + "00FF")] // would look negative
    [InlineData("7FFF", "8000", "300902027FFF0203008000")]
    public void Numbers_are_minimal_and_never_negative(string r, string s, string expected) =>
        Assert.Equal(expected, Encode(r + s));

    [Theory]
    [InlineData(32)]
    [InlineData(48)]
    [InlineData(66)]
    public void What_is_encoded_is_read_back_by_an_independent_reader(int size)
    {
        var random = new Random(size);
        byte[] raw = new byte[2 * size];
        byte[] destination = new byte[(2 * size) + 16];
        for (int i = 0; i < 500; i++)
        {
            random.NextBytes(raw);
            raw.AsSpan(0, i % 5).Clear();
            raw.AsSpan(size, i % 7).Clear();
            int length = EcdsaSignatureValue.Encode(raw, destination);
            var reader = new AsnReader(destination.AsMemory(0, length), AsnEncodingRules.DER);
            AsnReader numbers = reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            Assert.Equal(new BigInteger(raw.AsSpan(0, size), isUnsigned: true, isBigEndian: true), numbers.ReadInteger());
            Assert.Equal(new BigInteger(raw.AsSpan(size), isUnsigned: true, isBigEndian: true), numbers.ReadInteger());
            numbers.ThrowIfNotEmpty();
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("010203")]
    [InlineData("00000001")] // r is 0
    [InlineData("00010000")] // s is 0
    public void What_is_no_signature_has_no_encoding(string raw) => Assert.Equal("", Encode(raw));

    [Theory]
    [InlineData(63)]
    [InlineData(65)]
    public void An_odd_length_has_no_encoding(int length)
    {
        byte[] raw = new byte[length];
        raw.AsSpan().Fill(1);
        Assert.Equal(0, EcdsaSignatureValue.Encode(raw, new byte[100]));
    }

    private static string Encode(string raw)
    {
        byte[] destination = new byte[100];
        return Convert.ToHexString(destination.AsSpan(0, EcdsaSignatureValue.Encode(Convert.FromHexString(raw), destination)));
    }
}
