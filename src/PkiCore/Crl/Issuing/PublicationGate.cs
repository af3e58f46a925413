using PkiCore.Crl.Lint;
using PkiCore.X509;

namespace PkiCore.Crl.Issuing;

/// <summary>What is asked of a CRL before it may be published (architecture rule 7).</summary>
internal sealed class PublicationGate(Issuer issuer, CrlPublisherOptions options)
{
    /// <summary>Reads a file back as a stranger would, and compares it with what it is to replace.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What should stand in it.</param>
    /// <param name="before">The path of the file that counts; it need not be there.</param>
    /// <param name="countBefore">How many entries that has, if somebody has counted them.</param>
    /// <param name="departures">How many entries have left since then for a reason; <see langword="null"/>: their number does not count, as for a delta CRL.</param>
    /// <exception cref="InvalidDataException">It must not be published; the message says why.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public void Check(string path, PublishedCrl expected, string before, long? countBefore, long? departures)
    {
        using var reader = CrlReader.Open(path);
        bool isSigned = reader.Verify(issuer.Certificate); // and every entry is read
        Require(isSigned, path, $"its signature does not verify as one of {issuer.Name}: by name, key and the key usage cRLSign");
        Require(reader.Number == expected.Number && reader.BaseNumber == expected.BaseNumber && reader.ThisUpdate == expected.ThisUpdate && reader.NextUpdate == expected.NextUpdate && reader.EntryCount == expected.EntryCount,
            path, "what was read back is not what was written");
        using CrlReader? predecessor = OpenPredecessor(before);
        if (predecessor is not null)
        {
            Compare(path, reader, predecessor, countBefore, departures);
        }
    }

    /// <summary>Reads a file that came from elsewhere as a follower would, and compares it with what it is to replace.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What should stand in it; of a delta CRL, that it adds to another.</param>
    /// <param name="before">The path of the file that counts; it need not be there.</param>
    /// <exception cref="InvalidDataException">It must not be published; the message says why.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public void CheckReceived(string path, PublishedCrl expected, string before)
    {
        using FileStream file = File.OpenRead(path);
        using var reader = new CrlReader(file); // in DER: that is what is served
        var lint = new CrlLint(reader, baselineRequirements: false); // whose rules count, its publisher knows
        while (reader.TryRead(out CrlEntry entry))
        {
            lint.Check(entry);
        }

        Require(reader.Length == file.Length, path, "something stands behind its end");
        Require(reader.Verify(issuer.Certificate), path, $"its signature does not verify as one of {issuer.Name}: by name, key and the key usage cRLSign");
        Require(lint.FindingCount == 0, path, lint.FindingCount == 0 ? "" : lint.Findings[0].TrimEnd('.'));
        Require(reader.Number == expected.Number && reader.IsDelta == expected.BaseNumber is not null && reader.ThisUpdate == expected.ThisUpdate && reader.NextUpdate == expected.NextUpdate,
            path, "it is not the one that was announced");
        using CrlReader? predecessor = OpenPredecessor(before);
        if (predecessor is not null)
        {
            Compare(path, reader, predecessor, countBefore: null, departures: null);
        }
    }

    /// <summary>A file that is damaged is no predecessor: what replaces it cannot be worse.</summary>
    private static CrlReader? OpenPredecessor(string path)
    {
        try
        {
            return File.Exists(path) ? CrlReader.Open(path) : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private void Compare(string path, CrlReader reader, CrlReader predecessor, long? countBefore, long? departures)
    {
        Require(predecessor.IssuerName.Span.SequenceEqual(reader.IssuerName.Span), path, "the one before is of another issuer");
        Require(predecessor.DistributionPoint == reader.DistributionPoint, path, "its scope is not that of the one before; if that is meant, remove the one before");
        Require(predecessor.Number is not { } number || number < reader.Number, path, $"its number {reader.Number} is not higher than that of the one before, {predecessor.Number}"); // CX-2
        Require(predecessor.ThisUpdate <= reader.ThisUpdate, path, FormattableString.Invariant($"its thisUpdate {reader.ThisUpdate:u} is earlier than that of the one before, {predecessor.ThisUpdate:u}"));
        if (departures is { } explained)
        {
            long count = countBefore ?? CountEntries(predecessor); // up to where it is damaged
            long loss = count - explained - reader.EntryCount;
            Require(loss <= count * options.MaxUnexplainedLoss, path,
                $"it has {reader.EntryCount} entries, the one before has {count}, and only {explained} have been released, have expired or have moved; if that is meant, remove the one before");
        }
    }

    private static long CountEntries(CrlReader reader)
    {
        try
        {
            while (reader.TryRead(out _))
            {
            }
        }
        catch (InvalidDataException)
        {
            // what there is to lose is what could be read
        }

        return reader.EntryCount;
    }

    private static void Require(bool holds, string path, string fault)
    {
        if (!holds)
        {
            throw new InvalidDataException($"The CRL '{Path.GetFileName(path)}' is not published: {fault}.");
        }
    }
}
