using System.Globalization;

namespace PkiCore.Galera.Schema;

/// <summary>One version of the schema: <c>001-schema.sql</c> and those that follow.</summary>
/// <param name="Version">Its number.</param>
/// <param name="Text">Its SQL.</param>
internal sealed record Migration(int Version, string Text)
{
    /// <summary>All of them, by their numbers.</summary>
    public static IReadOnlyList<Migration> All { get; } =
    [
        .. typeof(Migration).Assembly.GetManifestResourceNames()
            .Where(name => char.IsAsciiDigit(name[0]))
            .Select(name => new Migration(int.Parse(name.AsSpan(0, name.IndexOf('-', StringComparison.Ordinal)), CultureInfo.InvariantCulture), ReadResource(name)))
            .OrderBy(migration => migration.Version),
    ];

    public static string ReadResource(string name)
    {
        using Stream stream = typeof(Migration).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"There is no resource {name}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
