using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl.State;
using PkiCore.X509;

namespace PkiCore.Crl.Following;

/// <summary>Makes one list of several CRLs: bases, and the deltas that are combined with them (RFC 5280 5.2.4). Every CRL is verified while it is read.</summary>
internal static class CrlListLoader
{
    /// <summary>A short entry: the index is made for so many, and grows if there are more.</summary>
    private const int UsualEntryLength = 36;

    /// <summary>Reads all entries for certificates of the issuer.</summary>
    /// <exception cref="IOException">A file cannot be read, or is another one by now.</exception>
    /// <exception cref="InvalidDataException">A CRL is malformed, not genuine, or must not be used.</exception>
    public static RevokedCertificates Load(CrlSelection selection, CrlAuthorities authorities)
    {
        var list = new RevokedCertificates();
        foreach (CrlPair crls in selection.Crls)
        {
            RevokedCertificates? delta = null;
            if (crls.Delta is { } file)
            {
                delta = new RevokedCertificates();
                Load(file, authorities, delta, changed: null);
            }

            Load(crls.Base, authorities, list, changed: delta);
            if (delta is not null)
            {
                AddRevoked(list, delta);
            }
        }

        return list;
    }

    private static void AddRevoked(RevokedCertificates list, RevokedCertificates delta)
    {
        var loading = new EntryLoading(list, Prevails);
        foreach ((ReadOnlyMemory<byte> encoded, _) in delta.Entries)
        {
            CrlEntry.TryRead(encoded.Span, default, out CrlEntry entry);
            if (entry.Reason != X509RevocationReason.RemoveFromCrl)
            {
                loading.Add(entry.Encoded, entry.SerialNumber, ExpiryTime.Never);
            }
        }

        loading.Complete();
    }

    /// <param name="file">A CRL.</param>
    /// <param name="authorities">Who may have signed it.</param>
    /// <param name="list">Where its entries go.</param>
    /// <param name="changed">The delta's entries: what the base says of these certificates is out of date.</param>
    private static void Load(CrlFile file, CrlAuthorities authorities, RevokedCertificates list, RevokedCertificates? changed)
    {
        using CrlReader crl = CrlReader.Open(file.Path);
        if (!crl.Signature.Span.SequenceEqual(file.Signature.Span))
        {
            throw new IOException($"'{file.Path}' was replaced while it was read.");
        }

        if (list.Length + crl.EntriesLength > RevokedCertificates.CertainLength)
        {
            throw new InvalidDataException($"'{file.Path}' has {crl.EntriesLength >> 20} MiB of entries, too many to keep in memory.");
        }

        bool isIndirect = crl.DistributionPoint is { IsIndirect: true };
        if (!isIndirect)
        {
            list.EnsureCapacity(list.Count + (crl.EntriesLength / UsualEntryLength)); // of an indirect CRL, most entries may be for others
        }

        var loading = new EntryLoading(list, Prevails);
        while (crl.TryRead(out CrlEntry entry))
        {
            if ((isIndirect && !authorities.IsIssuer(entry.CertificateIssuer)) || !IsAskedFor(entry.SerialNumber))
            {
                continue;
            }

            if (!file.IsDelta && entry.Reason == X509RevocationReason.RemoveFromCrl)
            {
                throw new InvalidDataException($"'{file.Path}': entry {crl.EntryCount} has the reason removeFromCRL, which only delta CRLs may have."); // RFC 5280 5.3.1
            }

            if (changed is null || !changed.TryGet(entry.SerialNumber, out _))
            {
                loading.Add(entry.Encoded, entry.SerialNumber, ExpiryTime.Never);
            }
        }

        loading.Complete();

        CrlFile.CheckExtensions(crl, file.Path);
        if (!authorities.Verify(crl))
        {
            throw new InvalidDataException($"'{file.Path}' is not signed by {authorities.IssuerName}, or by one of its CRL issuers, with a key that may sign CRLs.");
        }
    }

    /// <summary>Of two entries for one certificate the one that says more counts, then the first: the CRLs of several scopes may both name it, and a delta CRL twice.</summary>
    private static bool Prevails(ReadOnlySpan<byte> added, ReadOnlySpan<byte> known) =>
        CrlEntry.TryRead(added, default, out CrlEntry one) is null && CrlEntry.TryRead(known, default, out CrlEntry other) is null
        && WeightOf(one.Reason) > WeightOf(other.Reason);

    private static int WeightOf(X509RevocationReason reason) => reason switch
    {
        X509RevocationReason.RemoveFromCrl => 0, // takes back what other CRLs say, and nothing that stands beside it
        X509RevocationReason.CertificateHold => 1,
        _ => 2,
    };

    /// <summary>Longer serial numbers cannot be asked for (T-7).</summary>
    private static bool IsAskedFor(ReadOnlySpan<byte> serial) =>
        serial.Length <= SerialNumber.MaxOctets || (serial.Length == SerialNumber.MaxLength && serial[0] == 0);
}
