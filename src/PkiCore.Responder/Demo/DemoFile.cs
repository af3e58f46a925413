using System.Text;

namespace PkiCore.Responder.Demo;

/// <summary>Writes files so that a reader, or a restart after a crash, sees the old content or the new, never a part.</summary>
internal static class DemoFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode AllRead = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public static void Write(string path, string text) => Replace(path, AllRead, writer => writer.Write(text));

    /// <summary>Writes a file that only its owner can read, from its first byte on.</summary>
    public static void WritePrivate(string path, string text) => Replace(path, OwnerOnly, writer => writer.Write(text));

    public static void WriteLines(string path, IEnumerable<string> lines) => Replace(path, AllRead, writer =>
    {
        foreach (string line in lines)
        {
            writer.Write(line);
            writer.Write('\n');
        }
    });

    public static void CreatePrivateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
        }
    }

    private static void Replace(string path, UnixFileMode mode, Action<StreamWriter> write)
    {
        // In the same folder, because a rename is atomic only within one file system.
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (FileStream stream = Create(temporary, mode))
            using (var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)))
            {
                write(writer);
                writer.Flush();
                // Else the rename could reach the disk before the content does.
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static FileStream Create(string path, UnixFileMode mode)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 1 << 16 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        return new FileStream(path, options);
    }
}
