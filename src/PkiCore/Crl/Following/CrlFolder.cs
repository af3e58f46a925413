namespace PkiCore.Crl.Following;

/// <summary>The CRLs in a directory, or one CRL.</summary>
internal sealed class CrlFolder(string path, CrlAuthorities authorities, TimeProvider timeProvider)
{
    private readonly FileMemory<(CrlFile? Crl, string? PassedOver)> _memory = new(timeProvider, file => CrlFile.Read(file, authorities));

    /// <summary>Looks at all files. One that cannot be read may be the very CRL that lists a certificate, so that nothing is known without it.</summary>
    /// <param name="passedOver">CRLs that bear the issuer's name and may be about its certificates, but are by a key that is not believed.</param>
    /// <returns>Those that may say something of the issuer's certificates.</returns>
    /// <exception cref="IOException">Something cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Something must not be read.</exception>
    /// <exception cref="InvalidDataException">A file is no CRL, or one that must not be used.</exception>
    public IReadOnlyList<CrlFile> Look(out IReadOnlyList<string> passedOver)
    {
        IReadOnlyList<(CrlFile? Crl, string? PassedOver)> files = _memory.Read(List());
        passedOver = [.. files.Select(file => file.PassedOver).OfType<string>()];
        return [.. files.Select(file => file.Crl).OfType<CrlFile>()];
    }

    private string[] List()
    {
        string name = Path.TrimEndingDirectorySeparator(path);
        if (!Directory.Exists(name))
        {
            return [name];
        }

        // A link is followed once, so that all files are of one publication even if it is switched meanwhile.
        string directory = Directory.ResolveLinkTarget(name, returnFinalTarget: true)?.FullName ?? name;
        string[] files = Directory.GetFiles(directory, "*.crl", new EnumerationOptions { IgnoreInaccessible = false });
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }
}
