using PkiCore.Crl.State;
using PkiCore.Crl;

namespace PkiCore.Responder.Commands;

/// <summary>The entries of a CRL by issuer of the certificate and serial number, as compact as they stand there. Not safe for use from several threads.</summary>
internal sealed class CrlListing
{
    private readonly Dictionary<string, (byte[] Name, RevokedCertificates Entries)> _byIssuer = new(StringComparer.Ordinal);
    private (byte[] Name, RevokedCertificates Entries) _last = ([], new RevokedCertificates()); // entries of one issuer stand together

    /// <summary>How many there are.</summary>
    public long Count => _byIssuer.Values.Sum(issuer => (long)issuer.Entries.Count);

    /// <summary>The entries, each with the Name of its certificate's issuer.</summary>
    public IEnumerable<(byte[] Issuer, ReadOnlyMemory<byte> Entry)> All =>
        _byIssuer.Values.SelectMany(issuer => issuer.Entries.Entries.Select(entry => (issuer.Name, entry.Entry)));

    /// <returns><see langword="false"/> when there is one for that certificate.</returns>
    /// <exception cref="InvalidDataException">There are 4 GiB of entries.</exception>
    public bool TryAdd(in CrlEntry entry)
    {
        try
        {
            return Find(entry.CertificateIssuer, isToBeAdded: true)!.TryAdd(entry.Encoded, entry.SerialNumber, ExpiryTime.Never);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException("The CRL has more than 4 GiB of entries, which are not kept in memory.", e);
        }
    }

    public bool TryGet(in CrlEntry certificate, out ReadOnlySpan<byte> encoded)
    {
        encoded = default;
        return Find(certificate.CertificateIssuer, isToBeAdded: false)?.TryGet(certificate.SerialNumber, out encoded) == true;
    }

    public void Remove(in CrlEntry certificate) => Find(certificate.CertificateIssuer, isToBeAdded: false)?.Remove(certificate.SerialNumber);

    private RevokedCertificates? Find(ReadOnlySpan<byte> issuer, bool isToBeAdded)
    {
        if (issuer.SequenceEqual(_last.Name))
        {
            return _last.Entries;
        }

        string key = Convert.ToBase64String(issuer);
        if (!_byIssuer.TryGetValue(key, out (byte[] Name, RevokedCertificates Entries) found))
        {
            if (!isToBeAdded)
            {
                return null;
            }

            found = (issuer.ToArray(), new RevokedCertificates());
            _byIssuer.Add(key, found);
        }

        _last = found;
        return found.Entries;
    }
}
