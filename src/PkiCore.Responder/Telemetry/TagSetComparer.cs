using System.Globalization;

namespace PkiCore.Responder.Telemetry;

/// <summary>
/// Compares the tags of a measurement with those of a series, in any order, without making strings or copies. Tags are few, so
/// each is looked for one by one.
/// </summary>
internal sealed class TagSetComparer
    : IEqualityComparer<KeyValuePair<string, string>[]>,
      IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, KeyValuePair<string, string>[]>
{
    public static TagSetComparer Instance { get; } = new();

    /// <summary>The text of a tag value; a string is its own text, so nothing is allocated for it.</summary>
    public static string Text(object? value) => value switch
    {
        string text => text,
        null => "",
        true => "true",
        false => "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    public KeyValuePair<string, string>[] Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
    {
        var tags = new KeyValuePair<string, string>[alternate.Length];
        for (int i = 0; i < tags.Length; i++)
        {
            tags[i] = new(alternate[i].Key, Text(alternate[i].Value));
        }

        return tags;
    }

    public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, KeyValuePair<string, string>[] other)
    {
        if (alternate.Length != other.Length)
        {
            return false;
        }

        foreach (KeyValuePair<string, object?> tag in alternate)
        {
            if (!Contains(other, tag.Key, Text(tag.Value)))
            {
                return false;
            }
        }

        return true;
    }

    public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
    {
        // A sum, so that the order of the tags does not count.
        int hash = 0;
        foreach (KeyValuePair<string, object?> tag in alternate)
        {
            hash += HashCode.Combine(tag.Key, Text(tag.Value));
        }

        return hash;
    }

    public bool Equals(KeyValuePair<string, string>[]? x, KeyValuePair<string, string>[]? y)
    {
        if (x is null || y is null || x.Length != y.Length)
        {
            return ReferenceEquals(x, y);
        }

        return Array.TrueForAll(x, tag => Contains(y, tag.Key, tag.Value));
    }

    public int GetHashCode(KeyValuePair<string, string>[] obj)
    {
        int hash = 0;
        foreach (KeyValuePair<string, string> tag in obj)
        {
            hash += HashCode.Combine(tag.Key, tag.Value);
        }

        return hash;
    }

    private static bool Contains(KeyValuePair<string, string>[] tags, string key, string value)
    {
        foreach (KeyValuePair<string, string> tag in tags)
        {
            if (tag.Key == key && tag.Value == value)
            {
                return true;
            }
        }

        return false;
    }
}
