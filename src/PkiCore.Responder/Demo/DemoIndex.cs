namespace PkiCore.Responder.Demo;

/// <summary>
/// The index.txt of a demonstration CA. It is read anew for each change, because <c>openssl ca</c> changes it too, and
/// replaced as a whole. Like <c>openssl ca</c> it takes no lock against another process.
/// </summary>
internal sealed class DemoIndex(string path)
{
    private readonly Lock _gate = new();

    public string[] ReadLines() => File.ReadAllLines(path);

    public void Append(IEnumerable<string> lines)
    {
        lock (_gate)
        {
            DemoFile.WriteLines(path, [.. ReadLines(), .. lines]);
        }
    }

    public void SetRevocation(IReadOnlyCollection<string> serials, string? revocation)
    {
        lock (_gate)
        {
            string[] lines = ReadLines();
            var wanted = serials.ToHashSet(StringComparer.OrdinalIgnoreCase);
            for (int i = 0; i < lines.Length && wanted.Count > 0; i++)
            {
                if (lines[i].Split('\t') is [_, _, _, string serial, ..] && wanted.Remove(serial))
                {
                    lines[i] = IndexLine.WithRevocation(lines[i], revocation);
                }
            }

            if (wanted.Count > 0)
            {
                throw new ArgumentException($"'{path}' has no entry with the serial number {wanted.First()}.", nameof(serials));
            }

            DemoFile.WriteLines(path, lines);
        }
    }
}
