using System.Text;

namespace PkiCore.Campaigns.IndexChurn;

/// <summary>Writes the index as CAs, scripts and people do: well, badly, and slowly. In the end what was to be written is there.</summary>
internal sealed class IndexFile(string path, IntactClock clock)
{
    private const int BlockLength = 4096;

    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(1200);

    private readonly string _besides = path + ".new";

    public Task WriteAsync(string text, Random random, CancellationToken cancellationToken)
    {
        byte[] content = Encoding.UTF8.GetBytes(random.Next(8) == 0 ? text : Pad(text));
        return random.Next(20) switch
        {
            < 10 => ReplaceAsync(content, cancellationToken),
            < 14 => BrokenAsync(() => WriteOverAsync(content, FileMode.Truncate, cancellationToken)),
            < 18 => BrokenAsync(() => WriteOverAsync(content, FileMode.Open, cancellationToken)),
            < 19 => BrokenAsync(() => WriteInPiecesAsync(content, random, cancellationToken)),
            _ => BrokenAsync(() => ReplaceLateAsync(content, random, cancellationToken)),
        };
    }

    /// <summary>Takes the file away for a while and brings it back as it was.</summary>
    public Task HideAsync(Random random, CancellationToken cancellationToken) => BrokenAsync(async () =>
    {
        File.Move(path, _besides);
        await PauseAsync(random, cancellationToken);
        File.Move(_besides, path);
    });

    /// <summary>Replaces the file by one that is whole.</summary>
    public Task ReplaceAsync(string text, CancellationToken cancellationToken) => ReplaceAsync(Encoding.UTF8.GetBytes(text), cancellationToken);

    /// <summary>As openssl ca does: the file is never seen half-written.</summary>
    private async Task ReplaceAsync(byte[] content, CancellationToken cancellationToken)
    {
        await File.WriteAllBytesAsync(_besides, content, cancellationToken);
        File.Move(_besides, path, overwrite: true);
    }

    private async Task ReplaceLateAsync(byte[] content, Random random, CancellationToken cancellationToken)
    {
        File.Delete(path);
        await PauseAsync(random, cancellationToken);
        await ReplaceAsync(content, cancellationToken);
    }

    /// <summary>As cp and editors do: the same file, its content replaced.</summary>
    private async Task WriteOverAsync(byte[] content, FileMode mode, CancellationToken cancellationToken)
    {
        await using FileStream file = new(path, mode, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        await file.WriteAsync(content, cancellationToken);
        file.SetLength(content.Length);
    }

    /// <summary>As a slow copy does: the file ends anywhere, in the middle of a line too.</summary>
    private async Task WriteInPiecesAsync(byte[] content, Random random, CancellationToken cancellationToken)
    {
        await using FileStream file = new(path, FileMode.Truncate, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        int first = random.Next(content.Length);
        int second = random.Next(first, content.Length);
        await file.WriteAsync(content.AsMemory(0, first), cancellationToken);
        await PauseAsync(random, cancellationToken);
        await file.WriteAsync(content.AsMemory(first, second - first), cancellationToken);
        await PauseAsync(random, cancellationToken);
        await file.WriteAsync(content.AsMemory(second), cancellationToken);
    }

    /// <summary>Fills the last block with a bad line: that something changed cannot be seen by the size.</summary>
    private static string Pad(string text) => text + "#".PadRight(BlockLength - 1 - (text.Length % BlockLength), '.') + "\n";

    private async Task BrokenAsync(Func<Task> writeAsync)
    {
        clock.Break();
        await writeAsync();
        clock.Mend();
    }

    private static Task PauseAsync(Random random, CancellationToken cancellationToken) => Task.Delay(random.NextDouble() * s_longestPause, cancellationToken);
}
