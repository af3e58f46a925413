using System.Text;

namespace PkiCore.Fuzz.Oracles;

/// <summary>A second decoder of the targets of GET requests, on strings.</summary>
/// <param name="Contents">The request.</param>
/// <param name="Room">How much room decoding in place takes: for the text with its escapes decoded, or for the text with its padding.</param>
internal sealed record ReferenceGetRequest(byte[] Contents, int Room)
{
    private static readonly char[] s_lineBreaks = ['\r', '\n', '\t'];

    public static ReferenceGetRequest? Read(string target, string pathBase, string[] prefixes)
    {
        string path = StripPrefix(StripPrefix(StripOrigin(target.Split('?')[0]), [pathBase]), prefixes);
        if (Unescape(path.TrimStart('/')) is not { } text)
        {
            return null;
        }

        text = string.Concat(text.Split(s_lineBreaks));
        if (text.SkipWhile(letter => letter != '=').Any(letter => letter is not ('=' or ' ')))
        {
            return null;
        }

        string letters = text.Split('=')[0].TrimEnd(' ').Replace(' ', '+').Replace('-', '+').Replace('_', '/');
        string padded = letters.PadRight((letters.Length + 3) / 4 * 4, '=');
        byte[] contents = new byte[padded.Length];

        // Stricter than Convert: the bits behind the last octet must be zero (RFC 4648 3.5).
        return Convert.TryFromBase64String(padded, contents, out int length) && length > 0 && Convert.ToBase64String(contents, 0, length) == padded
            ? new ReferenceGetRequest(contents[..length], Math.Max(text.Length, padded.Length))
            : null;
    }

    /// <summary>Ways to write a request that mean it without any doubt.</summary>
    public static IEnumerable<string> Write(byte[] contents)
    {
        string text = Convert.ToBase64String(contents);
        yield return "/ocsp/" + Uri.EscapeDataString(text);
        yield return "http://a/ocsp/" + string.Concat(text.Select(letter => $"%{(int)letter:X2}"));
        yield return "/ocsp/" + text.TrimEnd('=').Replace('+', '-').Replace('/', '_');
    }

    private static string StripOrigin(string target) =>
        target.StartsWith('/') || target.Split("://", 2) is not [_, var rest] ? target : string.Concat(rest.SkipWhile(letter => letter != '/'));

    private static string StripPrefix(string path, string[] prefixes)
    {
        string? prefix = prefixes.FirstOrDefault(prefix => (path + "/").StartsWith(prefix + "/", StringComparison.OrdinalIgnoreCase));
        return path[(prefix ?? "").Length..];
    }

    /// <summary>Decodes escapes once; <see langword="null"/> when one is incomplete, or anything is not ASCII.</summary>
    private static string? Unescape(string text)
    {
        bool valid = Ascii.IsValid(text) && text.Split('%').Skip(1).All(part => part is [>= '0' and <= '7', var digit, ..] && char.IsAsciiHexDigit(digit));
        return valid ? Uri.UnescapeDataString(text) : null;
    }
}
