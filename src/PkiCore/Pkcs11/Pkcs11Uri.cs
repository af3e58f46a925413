using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace PkiCore.Pkcs11;

/// <summary>
/// Names a token, or a key on it, and where its module and PIN are (RFC 7512): <c>pkcs11:token=ca;object=ocsp;id=%01?module-path=/usr/lib/hsm.so&amp;pin-source=file:/etc/pin</c>.
/// A PIN itself is not accepted, as URIs get into logs and process lists. Immutable.
/// </summary>
internal sealed class Pkcs11Uri
{
    /// <summary>What a URI of this kind begins with.</summary>
    public const string Scheme = "pkcs11:";

    private static readonly string[] s_path = ["token", "manufacturer", "serial", "model", "slot-id", "object", "id", "type"];
    private static readonly string[] s_query = ["module-path", "pin-source"];

    private readonly string _text;

    private Pkcs11Uri(string text, Dictionary<string, byte[]> attributes)
    {
        _text = text;
        Token = Text(attributes, "token");
        Manufacturer = Text(attributes, "manufacturer");
        Serial = Text(attributes, "serial");
        Model = Text(attributes, "model");
        SlotId = Text(attributes, "slot-id") is { } slot ? ulong.Parse(slot, NumberStyles.None, CultureInfo.InvariantCulture) : null;
        ObjectLabel = Text(attributes, "object");
        Id = attributes.TryGetValue("id", out byte[]? id) ? id : default(ReadOnlyMemory<byte>?); // null itself would become an empty memory
        ModulePath = Text(attributes, "module-path");
        PinSource = Text(attributes, "pin-source");
    }

    /// <summary>The label of the token, CK_TOKEN_INFO.label.</summary>
    public string? Token { get; }

    /// <summary>The token's manufacturer.</summary>
    public string? Manufacturer { get; }

    /// <summary>The token's serial number.</summary>
    public string? Serial { get; }

    /// <summary>The token's model.</summary>
    public string? Model { get; }

    /// <summary>The number of the slot.</summary>
    public ulong? SlotId { get; }

    /// <summary>The label of the key, CKA_LABEL.</summary>
    public string? ObjectLabel { get; }

    /// <summary>The identifier of the key, CKA_ID.</summary>
    public ReadOnlyMemory<byte>? Id { get; }

    /// <summary>The path of the shared library.</summary>
    public string? ModulePath { get; }

    /// <summary>Where the PIN is: <c>file:PATH</c> (its first line) or <c>env:NAME</c>.</summary>
    public string? PinSource { get; }

    /// <summary>Whether a text is meant to be a URI of this kind.</summary>
    public static bool HasScheme([NotNullWhen(true)] string? text) => text?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Parses a URI.</summary>
    /// <exception cref="FormatException">It is none, or has an attribute that is not supported; the message says which. It never repeats a PIN.</exception>
    public static Pkcs11Uri Parse(string text)
    {
        if (!HasScheme(text))
        {
            throw new FormatException($"A PKCS #11 URI begins with '{Scheme}'.");
        }

        var attributes = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        string[] parts = text[Scheme.Length..].Split('?', 2);
        ParseAttributes(parts[0], ';', s_path, attributes);
        ParseAttributes(parts.Length > 1 ? parts[1] : "", '&', s_query, attributes);
        if (attributes.TryGetValue("type", out byte[]? type) && !type.AsSpan().SequenceEqual("private"u8))
        {
            throw new FormatException("The attribute 'type' of a PKCS #11 URI that names a key to sign with has to be 'private'.");
        }

        if (Text(attributes, "slot-id") is { } slot && !ulong.TryParse(slot, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            throw new FormatException("The attribute 'slot-id' of a PKCS #11 URI has to be a number.");
        }

        if (Text(attributes, "pin-source") is { } source && !source.StartsWith("file:", StringComparison.Ordinal) && !source.StartsWith("env:", StringComparison.Ordinal))
        {
            throw new FormatException("The attribute 'pin-source' of a PKCS #11 URI has to be file:PATH or env:NAME.");
        }

        return new Pkcs11Uri(text, attributes);
    }

    /// <inheritdoc/>
    public override string ToString() => _text;

    private static void ParseAttributes(string part, char separator, string[] known, Dictionary<string, byte[]> attributes)
    {
        foreach (string attribute in part.Split(separator, StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = attribute.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? attribute : attribute[..equals];
            if (name.StartsWith("pin-value", StringComparison.OrdinalIgnoreCase))
            {
                throw new FormatException("A PKCS #11 URI must not contain the PIN (pin-value), as URIs get into logs; use pin-source=file:PATH or pin-source=env:NAME.");
            }

            if (equals < 0)
            {
                throw new FormatException("An attribute of a PKCS #11 URI has no '='."); // without repeating it: it may be a piece of something secret
            }

            if (!known.Contains(name, StringComparer.Ordinal))
            {
                throw new FormatException($"The attribute '{name}' of a PKCS #11 URI is not supported at its place; before the question mark: {string.Join(", ", s_path)}; after it: {string.Join(", ", s_query)}.");
            }

            // RFC 7512 2.3: an attribute at most once
            if (!attributes.TryAdd(name, Decode(name, attribute.AsSpan(equals + 1))))
            {
                throw new FormatException($"The attribute '{name}' of a PKCS #11 URI is there twice.");
            }
        }
    }

    /// <summary>Undoes percent-encoding; CKA_ID need not be text (RFC 7512 2.3).</summary>
    private static byte[] Decode(string name, ReadOnlySpan<char> value)
    {
        byte[] encoded = new byte[Encoding.UTF8.GetByteCount(value)];
        Encoding.UTF8.GetBytes(value, encoded);
        var bytes = new List<byte>(encoded.Length);
        for (int i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] != '%')
            {
                bytes.Add(encoded[i]);
            }
            else if (i + 2 < encoded.Length && byte.TryParse(encoded.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte octet))
            {
                bytes.Add(octet);
                i += 2;
            }
            else
            {
                throw new FormatException($"The attribute '{name}' of a PKCS #11 URI has a '%' that is not followed by two hexadecimal digits.");
            }
        }

        return [.. bytes];
    }

    private static string? Text(Dictionary<string, byte[]> attributes, string name) =>
        attributes.TryGetValue(name, out byte[]? value) ? Encoding.UTF8.GetString(value) : null;
}
