using System.Text.Json;
using PkiCore.LoadTest.Reports.Compare;

namespace PkiCore.LoadTest.Reports;

/// <summary>The newest results of each kind: <c>NAME-DATE.json</c> in a folder. What nobody has saved yet is <see langword="null"/>.</summary>
internal sealed class ResultFiles(string folder)
{
    public CompareFigures? Compare => Read<CompareFigures>("compare");

    public CompareFigures? Steps => Read<CompareFigures>("steps");

    public SuiteFigures? Load => Read<SuiteFigures>("load");

    public SavedTable? Table(string name) => Read<SavedTable>(name);

    /// <summary>The day of a time that begins with it.</summary>
    public static string Day(string date) => date.Length > 10 ? date[..10] : date;

    private T? Read<T>(string name)
        where T : class
    {
        // Dates of this form sort as they follow each other.
        string? newest = Directory.EnumerateFiles(folder, $"{name}-????-??-??.json").Max(StringComparer.Ordinal);
        try
        {
            return newest is null ? null : JsonSerializer.Deserialize<T>(File.ReadAllText(newest), ResultJson.Options);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{newest}: {e.Message}", e);
        }
    }
}
