using System.Security.Cryptography;
using PkiCore.Crl;
using PkiCore.Responder.Configuration;
using PkiCore.X509;

namespace PkiCore.Responder.Commands;

/// <summary>Takes an entry, which is good until this returns.</summary>
internal delegate void CrlEntryHandler(in CrlEntry entry);

/// <summary>How the <c>crl</c> commands read files.</summary>
internal static class CrlInput
{
    private const int ReportEvery = 4096;

    /// <summary>Opens a CRL.</summary>
    /// <exception cref="ConfigurationException">It cannot be read. What is no CRL is an <see cref="InvalidDataException"/>, which names the file.</exception>
    public static CrlReader Open(string path)
    {
        try
        {
            return CrlReader.Open(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(e.Message, e);
        }
    }

    /// <summary>Reads the entries that have not been read, with progress if that takes long.</summary>
    /// <exception cref="ConfigurationException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">An entry is malformed.</exception>
    public static async Task ReadAsync(CrlReader reader, string path, CrlEntryHandler handle)
    {
        try
        {
            await WorkProgress.RunAsync($"Reading {Path.GetFileName(path)}", progress => Read(reader, handle, progress)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(e.Message, e);
        }
    }

    /// <summary>Reads the certificate of a CA.</summary>
    /// <exception cref="ConfigurationException">There is none.</exception>
    public static Issuer OpenIssuer(string path)
    {
        try
        {
            return Issuer.FromPemFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ConfigurationException($"--ca: {e.Message}", e);
        }
    }

    private static Task Read(CrlReader reader, CrlEntryHandler handle, WorkProgress progress)
    {
        long length = 0;
        while (reader.TryRead(out CrlEntry entry))
        {
            handle(in entry);
            length += entry.Encoded.Length;
            if (reader.EntryCount % ReportEvery == 0)
            {
                progress.Report(reader.EntryCount, (double)length / reader.EntriesLength);
            }
        }

        return Task.CompletedTask;
    }
}
