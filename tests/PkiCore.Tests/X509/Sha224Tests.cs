using System.Text;
using Org.BouncyCastle.Crypto.Digests;
using PkiCore.X509;

namespace PkiCore.Tests.X509;

public sealed class Sha224Tests
{
    [Theory]
    [InlineData("empty", "", "D14A028C2A3A2BC9476102BB288234C415A2B01F828EA62AC5B3E42F")]
    [InlineData("FIPS 180 example, one block", "abc", "23097D223405D8228642A477BDA255B32AADBCE4BDA0B3F7E36C9DA7")]
    [InlineData(
        "FIPS 180 example, two blocks",
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "75388B16512776CC5DBA5DA1FD890150B0C6455CB4F58B1952522525")]
    public void Published_examples(string description, string text, string hash)
    {
        Assert.NotEmpty(description);
        Assert.Equal(hash, Convert.ToHexString(Sha224.HashData(Encoding.ASCII.GetBytes(text))));
    }

    [Fact]
    public void Every_length_around_the_blocks_is_hashed_as_an_independent_implementation_does()
    {
        var random = new Random(224);
        foreach (int length in Enumerable.Range(0, 201).Concat(Enumerable.Range(0, 50).Select(_ => random.Next(200, 20_000))))
        {
            byte[] data = new byte[length];
            random.NextBytes(data);
            Assert.Equal(BouncyCastle(data), Sha224.HashData(data));
        }
    }

    private static byte[] BouncyCastle(byte[] data)
    {
        var digest = new Sha224Digest();
        digest.BlockUpdate(data, 0, data.Length);
        byte[] hash = new byte[digest.GetDigestSize()];
        digest.DoFinal(hash, 0);
        return hash;
    }
}
