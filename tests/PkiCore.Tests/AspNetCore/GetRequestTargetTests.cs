using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PkiCore.AspNetCore;

namespace PkiCore.Tests.AspNetCore;

public sealed class GetRequestTargetTests
{
    /// <summary>Its base64 text has a plus sign, a run of slashes, and padding: MBEwDQADAA////vvAgEHAgEB8A==</summary>
    private static readonly byte[] s_request = Convert.FromBase64String("MBEwDQADAA////vvAgEHAgEB8A==");

    private static readonly string[] s_prefixes = ["/ocsp", ""];

    [Theory]
    [InlineData("/MBEwDQADAA%2F%2F%2F%2FvvAgEHAgEB8A%3D%3D")]
    [InlineData("/MBEwDQADAA%2f%2f%2f%2fvvAgEHAgEB8A%3d%3d")]
    [InlineData("/MBEwDQADAA////vvAgEHAgEB8A==")]
    [InlineData("//MBEwDQADAA////vvAgEHAgEB8A==")]
    [InlineData("///MBEwDQADAA%2F/%2F/vvAgEHAgEB8A==")]
    [InlineData("/ocsp/MBEwDQADAA////vvAgEHAgEB8A==")]
    [InlineData("/OCSP//MBEwDQADAA////vvAgEHAgEB8A==")]
    [InlineData("MBEwDQADAA////vvAgEHAgEB8A==")]
    [InlineData("/%4DBEwDQADAA////vvAgEHAgEB8A==")]
    [Requirement("T-1", "HT-2")]
    public void Slashes_and_escapes_do_not_matter(string target) => Assert.Equal(s_request, Decode(target));

    [Theory]
    [InlineData("http://ocsp.example/MBEwDQADAA////vvAgEHAgEB8A==")]
    [InlineData("http://ocsp.example:8080/ocsp/MBEwDQADAA////vvAgEHAgEB8A==")]
    [InlineData("HTTP://[::1]//MBEwDQADAA////vvAgEHAgEB8A==")]
    [Requirement("T-3")]
    public void Absolute_form_is_stripped_to_its_path(string target) => Assert.Equal(s_request, Decode(target));

    [Theory]
    [InlineData("/MBEwDQADAA////vvAgEHAgEB8A")]
    [InlineData("/MBEwDQADAA////vvAgEHAgEB8A=")]
    [InlineData("/MBEwDQADAA////vvAgEHAgEB8A===")]
    [InlineData("/MBEwDQADAA////vvAgEHAgEB8A==%0A")]
    [InlineData("/MBEwDQADAA////vvAgEHAgEB8A==%0D%0A")]
    [InlineData("/MBEwDQAD%0AAA////vvAgEHAgEB8A==")]
    [InlineData("/MBEwDQAD%0D%0AAA////vvAgEHAgEB8A==%0A")]
    [InlineData("/MBEwDQADAA////vvAgEHAgEB8A%20")]
    [InlineData("/MBEwDQADAA____vvAgEHAgEB8A")]
    [InlineData("/MBEwDQADAA%5F%5F//vvAgEHAgEB8A")]
    [InlineData("/MBEwDQADAA////vvAgEHAgEB8A==?a=b")]
    [Requirement("T-4")]
    public void Padding_white_space_and_alphabet_do_not_matter(string target) => Assert.Equal(s_request, Decode(target));

    [Theory]
    [InlineData("/MAA+")]
    [InlineData("/MAA%2B")]
    [InlineData("/MAA%2b")]
    [InlineData("/MAA-")]
    [InlineData("/MAA%2B%20")]
    [Requirement("T-1", "T-4")]
    public void Plus_sign_has_many_spellings(string target) => Assert.Equal([0x30, 0x00, 0x3E], Decode(target));

    [Theory]
    [InlineData("/MA%20A")]
    [InlineData("/MA A")]
    [Requirement("T-4")]
    public void Space_inside_was_a_plus_sign(string target) => Assert.Equal([0x30, 0x0F, 0x80], Decode(target));

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("/ocsp")]
    [InlineData("/ocsp/")]
    [InlineData("http://ocsp.example")]
    [InlineData("http://ocsp.example/")]
    [InlineData("*")]
    [InlineData("/MBEwDQADAA////vvAgEHAgEB8A==anything")]
    [InlineData("/?MAA=")]
    [InlineData("/M")]
    [InlineData("/MAAAM")]
    [InlineData("/====")]
    [InlineData("/%")]
    [InlineData("/MAA%3")]
    [InlineData("/MAA%ZZ")]
    [InlineData("/MAA%C3%A4")]
    [InlineData("/MA\u00E4A")]
    [InlineData("/MA\u20ACA")]
    [InlineData("/favicon.ico")]
    [InlineData("/MAA%253D")]
    [InlineData("/MBEwDQADAA%252F%252F%252F%252FvvAgEHAgEB8A%253D%253D")]
    [Requirement("T-2")]
    public void Anything_else_is_refused(string target) => Assert.Null(Decode(target));

    [Theory]
    [InlineData("/tenant", "/tenant/ocsp/MAAA", true)]
    [InlineData("/tenant", "/tenant/MAAA", true)]
    [InlineData("/tenant", "/ocsp/MAAA", true)]
    [InlineData("/tenant", "/tenants/MAAA", false)]
    [InlineData("", "/ocsp/MAAA", true)]
    public void Path_base_is_stripped_before_the_prefixes(string pathBase, string target, bool expected)
    {
        byte[] destination = new byte[100];
        bool found = GetRequestTarget.TryDecode(target, pathBase, s_prefixes, destination, out int length);
        Assert.Equal(expected, found && destination.AsSpan(0, length).SequenceEqual<byte>([0x30, 0, 0]));
    }

    [Fact]
    [Requirement("HT-9")]
    public void Text_that_does_not_fit_is_refused()
    {
        byte[] destination = new byte[16];
        Assert.True(GetRequestTarget.TryDecode("/MAAAMAAAMAAAMAAA", "", s_prefixes, destination, out int length));
        Assert.Equal(12, length);
        Assert.False(GetRequestTarget.TryDecode("/MAAAMAAAMAAAMAAAM", "", s_prefixes, destination, out _));
        Assert.False(GetRequestTarget.TryDecode("/MAAAMAAAMAAAMAAA%2B", "", s_prefixes, destination, out _));
        Assert.False(GetRequestTarget.TryDecode("/MAAAMAAAMAAAMAA", "", s_prefixes, destination.AsSpan(0, 15), out _)); // no room for the padding
        Assert.False(GetRequestTarget.TryDecode("/MAAA", "", s_prefixes, [], out _));
    }

    [Fact]
    [Requirement("T-1", "T-4")]
    public void Every_request_comes_back_from_every_spelling() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(),
        ArbMap.Default.ArbFor<int>(),
        (content, seed) =>
        {
            byte[] request = [0x30, 0x00, .. content]; // the first letter is M, as it is for every SEQUENCE
            string target = Spell(Convert.ToBase64String(request), new Random(seed));
            Assert.Equal(request, Decode(target));
        }));

    [Fact]
    [Requirement("T-2")]
    public void No_target_makes_it_throw() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<string>(),
        text =>
        {
            Decode(text ?? "");
            Decode("/" + text);
            Decode("http://" + text + "/%");
        }));

    private static byte[]? Decode(string target)
    {
        byte[] destination = new byte[target.Length + 4];
        return GetRequestTarget.TryDecode(target, "", s_prefixes, destination, out int length) ? destination[..length] : null;
    }

    /// <summary>A spelling that some client or proxy is known for, and mixtures of them.</summary>
    private static string Spell(string base64, Random random)
    {
        string[] starts = ["/", "//", "///", "/ocsp/", "/ocsp//", "http://a/", "http://a:80/ocsp/"];
        string[] ends = ["", "%0A", "%20", "%0D%0A", "?x"];
        var target = new StringBuilder(starts[random.Next(starts.Length)]);
        bool urlAlphabet = random.Next(4) == 0;
        bool padded = random.Next(2) == 0;
        foreach (char letter in padded ? base64 : base64.TrimEnd('='))
        {
            char written = (letter, urlAlphabet) switch { ('+', true) => '-', ('/', true) => '_', _ => letter };
            _ = random.Next(4) switch
            {
                0 => target.Append(FormattableString.Invariant($"%{(int)written:X2}")),
                1 => target.Append(FormattableString.Invariant($"%{(int)written:x2}")),
                _ => target.Append(written),
            };
        }

        return target.Append(ends[random.Next(ends.Length)]).ToString();
    }
}
