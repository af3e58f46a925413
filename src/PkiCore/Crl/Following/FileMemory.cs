using PkiCore.Status;

namespace PkiCore.Crl.Following;

/// <summary>What was read from files, so that a file that has not changed is not read again.</summary>
/// <remarks>File times are coarse: a file that looks unchanged is believed only when it has looked the same for a while.</remarks>
internal sealed class FileMemory<T>(TimeProvider timeProvider, Func<string, T> read)
{
    private static readonly TimeSpan s_settlingTime = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, Known> _known = new(StringComparer.Ordinal);

    /// <summary>Reads files, or not.</summary>
    /// <returns>What is in them.</returns>
    /// <exception cref="IOException">One is not there or cannot be read.</exception>
    public IReadOnlyList<T> Read(IReadOnlyCollection<string> paths)
    {
        var values = new List<T>(paths.Count);
        foreach (string path in paths)
        {
            values.Add(Read(path));
        }

        foreach (string path in _known.Keys.Except(paths, StringComparer.Ordinal).ToArray())
        {
            _known.Remove(path);
        }

        return values;
    }

    private T Read(string path)
    {
        long now = timeProvider.GetTimestamp();
        FileIdentity identity = FileIdentity.Of(path); // before it is read: if it is replaced in between, it is read once too often
        bool isSame = _known.TryGetValue(path, out Known? known) && known.Identity == identity;
        if (isSame && known!.IsSettled)
        {
            return known.Value;
        }

        long firstSeen = isSame ? known!.FirstSeen : now;
        T value = read(path);
        _known[path] = new Known(identity, firstSeen, timeProvider.GetElapsedTime(firstSeen, now) >= s_settlingTime, value);
        return value;
    }

    private sealed record Known(FileIdentity Identity, long FirstSeen, bool IsSettled, T Value);
}
