using System.Globalization;

namespace PkiCore.Status;

/// <summary>
/// The position after a complete reading of an index: which file, in which state, was read. It is the same state as long as the
/// <see cref="FileIdentity"/> is the same, and then there is nothing to read after it.
/// </summary>
/// <param name="Identity">The file. The path is not in it: whoever gives another path for the same inode, size and times means the same file.</param>
/// <param name="HasEntries">Whether it had entries, because one that loses them all is not believed.</param>
internal readonly record struct OpenSslIndexPosition(FileIdentity Identity, bool HasEntries)
{
    private const string Version = "index1";
    private const char Separator = ':';

    /// <summary>Reads what <see cref="ToSourcePosition"/> wrote, and nothing else.</summary>
    public static bool TryParse(SourcePosition source, out OpenSslIndexPosition position)
    {
        position = default;
        if (source.Value?.Split(Separator) is not [Version, var inode, var length, var modified, var changed, var hasEntries]
            || !ulong.TryParse(inode, NumberStyles.None, CultureInfo.InvariantCulture, out ulong inodeNumber)
            || !TryParse(length, out long lengthNumber) || !TryParse(modified, out long modifiedTicks) || !TryParse(changed, out long changedTicks))
        {
            return false;
        }

        var parsed = new OpenSslIndexPosition(new FileIdentity(inodeNumber, lengthNumber, modifiedTicks, changedTicks), hasEntries == "1");
        bool isOurs = parsed.Identity.IsProofOfContents && parsed.ToSourcePosition() == source;
        position = isOurs ? parsed : default;
        return isOurs;
    }

    public SourcePosition ToSourcePosition() => new(string.Create(
        CultureInfo.InvariantCulture,
        $"{Version}:{Identity.Inode}:{Identity.Length}:{Identity.ModifiedTicks}:{Identity.ChangedTicks}:{(HasEntries ? 1 : 0)}"));

    private static bool TryParse(string text, out long number) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}
