using System.Formats.Asn1;
using PkiCore.Asn1;

namespace PkiCore.Tests.Asn1;

/// <summary>Fuzzing corpora walked value by value, with .NET's decoder beside: both have to accept and refuse the same.</summary>
public sealed class DerCorpusTests
{
    private const int MaxDepth = 64;

    private int _values;
    private int _refused;

    [Fact]
    public void Openssl_corpus_is_judged_as_dotnet_judges_it()
    {
        foreach (VectorEntry entry in Vectors.Archive("openssl-fuzz-corpora/asn1parse.tar.gz"))
        {
            Walk(entry.Name, entry.Contents, 0);
        }

        Assert.True(_values > 1000 && _refused > 200, $"{_values} values, {_refused} refused");
    }

    [Fact]
    public void Real_certificates_and_responses_are_judged_as_dotnet_judges_them()
    {
        foreach (string name in Vectors.Files("rustcrypto-x509-ocsp", "*.der").Concat(Vectors.Files("rfc-examples", "*.der")))
        {
            Walk(name, Vectors.Bytes(name), 0);
        }

        Assert.True(_values > 400, $"{_values} values");
        Assert.Equal(0, _refused);
    }

    private void Walk(string name, ReadOnlySpan<byte> input, int depth)
    {
        var reader = new DerReader(input);
        while (!reader.IsEmpty && depth < MaxDepth)
        {
            ReadOnlySpan<byte> rest = reader.Remaining;
            bool read = reader.TryReadEncoded(out ReadOnlySpan<byte> encoded);
            Assert.True(read == TrySystemRead(rest, out int length), $"{name}: {Convert.ToHexString(rest)}");
            if (!read)
            {
                _refused++;
                return;
            }

            _values++;
            Assert.Equal(length, encoded.Length);
            Compare(name, encoded);
            if ((encoded[0] & 0x20) != 0)
            {
                var again = new DerReader(encoded);
                Assert.True(again.TryReadConstructed(encoded[0], out DerReader inside));
                Walk(name, inside.Remaining, depth + 1);
            }
        }
    }

    private static void Compare(string name, ReadOnlySpan<byte> encoded)
    {
        string type = DerTypes.NameOf(encoded[0]);
        bool ours = DerTypes.Accepts(type, encoded);
        bool theirs = DerTypes.SystemAccepts(type, encoded);
        if (type == "GeneralizedTime" && theirs && encoded.Length != 2 + DerTime.Length)
        {
            theirs = false; // DER has fractions, RFC 5280 4.1.2.5.2 has not
        }
        else if (type == "OBJECT IDENTIFIER" && ours && IsLong(encoded[2..]))
        {
            theirs = true; // .NET makes a string of it and bounds its length and its numbers; ours are bytes that are compared
        }

        Assert.True(ours == theirs, $"{name}: {type} {Convert.ToHexString(encoded)}: {ours}");
    }

    /// <summary>Over 64 octets, or a number of more than 16.</summary>
    private static bool IsLong(ReadOnlySpan<byte> contents)
    {
        int longest = 0;
        int current = 0;
        foreach (byte octet in contents)
        {
            current++;
            longest = Math.Max(longest, current);
            current = octet < 0x80 ? 0 : current;
        }

        return contents.Length > 64 || longest > 16;
    }

    private static bool TrySystemRead(ReadOnlySpan<byte> rest, out int length)
    {
        length = 0;
        // Multi-octet tags are read by .NET; no type in certificates, OCSP or CRLs has one.
        return (rest[0] & 0x1F) != 0x1F && AsnDecoder.TryReadEncodedValue(rest, AsnEncodingRules.DER, out _, out _, out _, out length);
    }
}
