using PkiCore.Pkcs11;

namespace PkiCore.Responder.Configuration;

/// <summary>Checks <c>pkcs11:</c> URIs of the configuration, and the paths in them.</summary>
internal static class KeyUri
{
    private const string ModulePath = "module-path=";
    private const string PinFile = "pin-source=" + PassphraseSource.File;

    /// <summary>What is wrong with a URI; <see langword="null"/> when nothing is. No PIN is repeated.</summary>
    public static string? FindFault(string text)
    {
        Pkcs11Uri uri;
        try
        {
            uri = Pkcs11Uri.Parse(text);
        }
        catch (FormatException e)
        {
            return e.Message;
        }

        return string.IsNullOrEmpty(uri.ModulePath) ? "does not say which module to use; add '?module-path=' and the path of the HSM's PKCS #11 library."
            : uri.PinSource is { } source && !PassphraseSource.IsValid(source) ? "pin-source has to be file:PATH or env:NAME."
            : (uri.ModulePath + uri.PinSource).Contains('\0', StringComparison.Ordinal) ? "contains a NUL character, which no path can."
            : null;
    }

    /// <summary>The file with the PIN, if there is one.</summary>
    public static string? FindPinFile(string text)
    {
        try
        {
            return Pkcs11Uri.Parse(text).PinSource is { } source && source.StartsWith(PassphraseSource.File, StringComparison.Ordinal) ? source[PassphraseSource.File.Length..] : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Makes relative paths those of a folder. All else stays as it is written, so that people recognise the URI in messages.</summary>
    public static string MakePathsAbsolute(string text, string folder)
    {
        int query = text.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? text : text[..(query + 1)] + string.Join('&', text[(query + 1)..].Split('&').Select(Absolute));

        string Absolute(string attribute) =>
            attribute.StartsWith(ModulePath, StringComparison.Ordinal) ? ModulePath + AbsolutePath(attribute[ModulePath.Length..])
            : attribute.StartsWith(PinFile, StringComparison.Ordinal) ? PinFile + AbsolutePath(attribute[PinFile.Length..])
            : attribute;

        string AbsolutePath(string escaped)
        {
            string path = Uri.UnescapeDataString(escaped);
            return path.Length == 0 || Path.IsPathRooted(path) || path.Contains('\0', StringComparison.Ordinal) ? escaped : Escape(Path.GetFullPath(path, folder));
        }
    }

    /// <summary>Writes a text so that it can stand in a URI; slashes are allowed there (RFC 7512 2.3).</summary>
    public static string Escape(string text) => Uri.EscapeDataString(text).Replace("%2F", "/", StringComparison.Ordinal);
}
