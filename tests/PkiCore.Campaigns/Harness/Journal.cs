using System.Text;
using System.Text.Json;

namespace PkiCore.Campaigns.Harness;

/// <summary>What a campaign did, a line of JSON each, with the file system before the next step is taken. Judged from when all is over.</summary>
internal sealed class Journal<TEntry>(string path) : IDisposable
{
    private readonly FileStream _file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
    private readonly Lock _writing = new();

    /// <summary>Returns when the entry has left this process, which may then be ended at any moment.</summary>
    public void Append(TEntry entry)
    {
        byte[] line = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(entry) + "\n");
        lock (_writing)
        {
            _file.Write(line);
            _file.Flush();
        }
    }

    /// <summary>Everything in the file, in order.</summary>
    public IEnumerable<TEntry> Read() => File.ReadLines(path).Select(line => JsonSerializer.Deserialize<TEntry>(line)!);

    public void Dispose() => _file.Dispose();
}
