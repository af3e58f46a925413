using PkiCore.Campaigns.Harness;

namespace PkiCore.Campaigns.FullDisk;

/// <summary>A file system of a few megabytes, in memory.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private static readonly ToolOptions s_options = new() { Timeout = TimeSpan.FromSeconds(60) };

    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public long Room => new DriveInfo(Path).AvailableFreeSpace;

    private string Filling => System.IO.Path.Combine(Path, "filling");

    /// <exception cref="ToolException">It cannot be mounted, which only root can.</exception>
    public static async Task<SmallDisk> MountAsync(string path, int kilobytes, CancellationToken cancellationToken)
    {
        var disk = new SmallDisk(Directory.CreateDirectory(path).FullName);
        try
        {
            await disk.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={kilobytes}k,mode=0700", "tmpfs", path], cancellationToken);
        }
        catch (ToolException e)
        {
            throw new ToolException($"A small disk is needed, which only root can mount; others may say: unshare --map-root-user --mount tests/run.sh. {e.Message}", e);
        }

        return disk;
    }

    /// <summary>Leaves so much room, or less if there is less.</summary>
    public void Fill(long room)
    {
        using var file = new FileStream(Filling, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        byte[] page = new byte[4096];
        try
        {
            for (long taken = Room - room; taken > 0; taken -= page.Length)
            {
                file.Write(page);
            }
        }
        catch (IOException) when (Room < page.Length)
        {
            // others have taken what was left
        }
    }

    /// <summary>Makes a little room.</summary>
    public void Free(long length)
    {
        using var file = new FileStream(Filling, FileMode.Open, FileAccess.Write);
        file.SetLength(Math.Max(0, file.Length - length));
    }

    /// <summary>Makes room.</summary>
    public void Clear() => File.Delete(Filling);

    public Task ResizeAsync(long kilobytes, CancellationToken cancellationToken) =>
        RunAsync("mount", ["-o", $"remount,size={kilobytes}k", Path], cancellationToken);

    public async ValueTask DisposeAsync() => await RunAsync("umount", ["--lazy", Path], CancellationToken.None);

    private async Task RunAsync(string tool, string[] arguments, CancellationToken cancellationToken) =>
        await ToolProcess.RunCheckedAsync(RequiredTool.Find(tool), arguments, s_options, cancellationToken);
}
