using System.Numerics;
using PkiCore.Crl;
using PkiCore.Crl.Issuing;
using PkiCore.IO;

#pragma warning disable CA1416 // Validate platform compatibility: receivers are made on systems with links

namespace PkiCore.Galera.Crls;

/// <summary>
/// After a takeover: what is served goes into the publisher's folder, so that the next CRLs have higher numbers than it, are compared with it, and, where a delta CRL
/// would add to one that nobody has any more, complete ones come first.
/// </summary>
internal static class PublicationAdoption
{
    /// <param name="served">The folder that is served.</param>
    /// <param name="published">The publisher's folder, while nobody publishes there.</param>
    /// <returns>The highest number that was adopted; <see langword="null"/> when the publisher's folder is as new.</returns>
    /// <exception cref="IOException">A folder cannot be read or written.</exception>
    /// <exception cref="InvalidDataException">What is served cannot be read.</exception>
    public static BigInteger? Adopt(string served, string published)
    {
        var source = new PublishingDirectory(served);
        var destination = new PublishingDirectory(published);
        BigInteger last = FindHighest(source, isDamageFatal: true);
        if (last <= FindHighest(destination, isDamageFatal: false))
        {
            return null;
        }

        string publication = destination.Begin(last);
        try
        {
            foreach (string name in source.ListCurrent())
            {
                UnixFile.CreateHardLink(Path.Combine(source.Current, name), Path.Combine(publication, name));
            }

            PublishingDirectory.Sync(publication, []);
            destination.Switch(publication);
            return last;
        }
        catch
        {
            destination.Discard(publication);
            throw;
        }
    }

    private static BigInteger FindHighest(PublishingDirectory directory, bool isDamageFatal)
    {
        BigInteger highest = -1;
        foreach (string name in directory.ListCurrent())
        {
            try
            {
                using var crl = CrlReader.Open(Path.Combine(directory.Current, name));
                highest = BigInteger.Max(highest, crl.Number ?? 0);
            }
            catch (InvalidDataException) when (!isDamageFatal)
            {
                // what replaces it cannot be worse
            }
        }

        return highest;
    }
}
