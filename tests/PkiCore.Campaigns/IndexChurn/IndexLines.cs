using PkiCore.Campaigns.Asking;
using PkiCore.Responder.Demo;

namespace PkiCore.Campaigns.IndexChurn;

/// <summary>The lines of an index as they are to be in the file, good ones and bad ones.</summary>
internal sealed class IndexLines(IEnumerable<string> lines)
{
    private readonly List<string> _lines = [.. lines];

    public string Text => string.Concat(_lines.Select(line => line + "\n"));

    public int Count => _lines.Count;

    /// <summary>How many lines a certificate has.</summary>
    public int CountOf(string serial) => _lines.Count(line => IsOf(line, serial));

    /// <summary>Rewrites every line of a certificate.</summary>
    public void Set(string serial, Standing standing)
    {
        for (int i = 0; i < _lines.Count; i++)
        {
            if (IsOf(_lines[i], serial))
            {
                _lines[i] = IndexLine.WithRevocation(_lines[i], RevocationOf(standing));
            }
        }
    }

    /// <summary>Adds a second line for a certificate.</summary>
    public void Duplicate(string serial, Standing standing) => _lines.Add(IndexLine.WithRevocation(_lines.First(line => IsOf(line, serial)), RevocationOf(standing)));

    public void Add(string line) => _lines.Add(line);

    public void Insert(int index, string line) => _lines.Insert(index, line);

    /// <summary>Takes out every line of a certificate.</summary>
    /// <returns>The lines.</returns>
    public IReadOnlyList<string> Remove(string serial)
    {
        List<string> removed = _lines.FindAll(line => IsOf(line, serial));
        _lines.RemoveAll(removed.Contains);
        return removed;
    }

    public void RemoveLine(string line) => _lines.Remove(line);

    private static string? RevocationOf(Standing standing) =>
        standing.RevokedAt is { } time ? IndexLine.Revocation(time, standing.Reason, invalidity: null) : null;

    /// <summary>Whether a line speaks of a certificate; a damaged one does not.</summary>
    private static bool IsOf(string line, string serial) =>
        line.Split('\t') is ["V" or "R", [.., 'Z'], _, string listed, _, _] && listed == serial;
}
