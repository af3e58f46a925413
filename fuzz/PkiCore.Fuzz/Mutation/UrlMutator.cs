using System.Text;

namespace PkiCore.Fuzz.Mutation;

/// <summary>Changes the target of a GET: pieces of URLs from a dictionary, letters escaped and not, pieces taken out and in, and now and then bytes.</summary>
internal sealed class UrlMutator : IMutator
{
    private const string Letters = "MABcz059+/-_= %?:";
    private static readonly ByteMutator s_bytes = new();

    private static readonly string[] s_starts =
    [
        "/", "//", "/ocsp", "/ocsp/", "/OCSP//", "/ca/ocsp/", "/ca/", "/app", "/app/ocsp/", "http://a", "http://a/", "HTTPS://a:80/ocsp/", "://", "*", "%2F",
    ];

    private static readonly string[] s_pieces =
    [
        "%2F", "%2f", "%2B", "%2b", "%3D", "%3d", "%2D", "%5F", "%4D", "%6a", "%20", "%0A", "%0D%0A", "%09", "%0A%0A%0A%0A", "%00", "%7F", "%80", "%C3%A9", "%25",
        "%252F", "%", "%4", "%ZZ", "%g0", "%0G", "%%", "/", "//", "+", "-", "_", "=", "==", "===", "====", " ", "\r\n", "?", "?a=b", "://", "M", "MA", "MAA", "MAAA", "\u00E9",
    ];

    public byte[] Mutate(Random random, byte[] input, byte[] other)
    {
        byte[] bytes = input;
        for (int left = random.OneIn(3) ? 2 : 1; left > 0; left--)
        {
            bytes = random.OneIn(8)
                ? s_bytes.Mutate(random, bytes, other)
                : Encoding.Latin1.GetBytes(MutateText(random, Encoding.Latin1.GetString(bytes), Encoding.Latin1.GetString(other)));
        }

        return [.. bytes.Take(Choice.MaxInputLength)];
    }

    private static string MutateText(Random random, string text, string other)
    {
        int place = random.Next(text.Length + 1);
        int count = Math.Min(1 + random.Next(5), text.Length - place);
        switch (random.Next(9))
        {
            case 0:
                return random.Pick(s_starts) + (random.OneIn(2) ? text.TrimStart('/') : text);
            case 1:
                return text.Insert(place, random.Pick(s_pieces));
            case 2:
                return text + random.Pick(s_pieces);
            case 3:
                return text.Remove(place, count);
            case 4:
                return text.Insert(place, text.Substring(place, count));
            case 5:
                int from = random.Next(other.Length + 1);
                return text[..place] + other[from..];
            case 6 when count > 0:
                return text.Remove(place, 1).Insert(place, Escape(random, text[place]));
            case 7 when count > 0 && char.IsAsciiLetter(text[place]):
                return text.Remove(place, 1).Insert(place, ((char)(text[place] ^ 0x20)).ToString());
            default:
                return text.Remove(place, Math.Min(1, count)).Insert(place, random.Pick(Letters.ToCharArray()).ToString());
        }
    }

    private static string Escape(Random random, char letter) => random.OneIn(2) ? $"%{(int)letter:X2}" : $"%{(int)letter:x2}";
}
