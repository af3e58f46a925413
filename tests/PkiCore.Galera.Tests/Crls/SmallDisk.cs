using System.Globalization;

namespace PkiCore.Galera.Tests.Crls;

/// <summary>A folder with little room: a file system in memory. It needs root, as the lab does.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly string _path;

    private SmallDisk(string path) => _path = path;

    public static async Task<SmallDisk> MountAsync(string path, int mebibytes)
    {
        Directory.CreateDirectory(path);
        await RunAsync("mount", "-t", "tmpfs", "-o", SizeOf(mebibytes), "tmpfs", path);
        return new SmallDisk(path);
    }

    public Task ResizeAsync(int mebibytes) => RunAsync("mount", "-o", "remount," + SizeOf(mebibytes), _path);

    public async ValueTask DisposeAsync() => await RunAsync("umount", "--lazy", _path);

    private static string SizeOf(int mebibytes) => string.Create(CultureInfo.InvariantCulture, $"size={mebibytes}m");

    private static Task<ToolResult> RunAsync(string tool, params string[] arguments) => ToolProcess.RunCheckedAsync(tool, arguments, s_limit);
}
