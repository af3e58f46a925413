using System.Text.RegularExpressions;

namespace PkiCore.Responder.Configuration;

/// <summary>Lets a <c>Key</c> be written as one text or as a list: the settings have a list.</summary>
internal static partial class KeyLists
{
    /// <summary>Gives all settings, with each single key as the first of a list.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> Normalize(IConfigurationRoot configuration)
    {
        KeyValuePair<string, string?>[] all = [.. configuration.AsEnumerable()];
        string[] single = [.. all.Where(setting => setting.Value is not null && Key().IsMatch(setting.Key)).Select(setting => setting.Key)];
        foreach (KeyValuePair<string, string?> setting in all)
        {
            string? key = Array.Find(single, key => setting.Key.Equals(key, StringComparison.OrdinalIgnoreCase) || setting.Key.StartsWith(key + ":", StringComparison.OrdinalIgnoreCase));
            bool isText = setting.Key.Equals(key, StringComparison.OrdinalIgnoreCase);
            if (key is null)
            {
                yield return setting;
            }
            else if (isText == IsTextInForce(configuration, all, key))
            {
                yield return isText ? KeyValuePair.Create(key + ":0", setting.Value) : setting;
            }
        }
    }

    /// <summary>Of a text from one place and a list from another, the later place wins as a whole, as with every other setting.</summary>
    private static bool IsTextInForce(IConfigurationRoot configuration, KeyValuePair<string, string?>[] all, string key) =>
        configuration.Providers.Last().TryGet(key, out _) || !Array.Exists(all, setting => setting.Key.StartsWith(key + ":", StringComparison.OrdinalIgnoreCase));

    [GeneratedRegex("^Issuers:[0-9]+:(Signer|Crl|AlternateSigners:[0-9]+):Key$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Key();
}
