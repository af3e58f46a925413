using PkiCore.Crl.State;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Crl.Following;

/// <summary>What a list of revoked certificates says to a status source's consumer, alone and compared with the list before.</summary>
internal static class CrlListComparison
{
    /// <summary>Everything on a list.</summary>
    public static IEnumerable<StatusChange> All(RevokedCertificates list) => list.Entries.Select(entry => ToChange(entry.Entry.Span));

    /// <summary>The certificates whose status is another one than before.</summary>
    /// <param name="before">The list before.</param>
    /// <param name="now">The list.</param>
    /// <param name="saysWhatIsGone">Whether a certificate that is gone from the list is not revoked any more. If not, perhaps just nobody speaks of it now.</param>
    public static IEnumerable<StatusChange> Changes(RevokedCertificates before, RevokedCertificates now, bool saysWhatIsGone)
    {
        IEnumerable<StatusChange> listed = now.Entries.Where(entry => IsOther(before, entry.Entry.Span)).Select(entry => ToChange(entry.Entry.Span));
        return saysWhatIsGone ? listed.Concat(Released(before, now)) : listed;
    }

    /// <summary>Holds that are gone. What was revoked for good stays so (rule 3): it leaves the list when it has expired.</summary>
    private static IEnumerable<StatusChange> Released(RevokedCertificates before, RevokedCertificates now)
    {
        foreach ((ReadOnlyMemory<byte> entry, _) in before.Entries)
        {
            if (IsHoldThatIsGone(entry.Span, now, out StatusChange change))
            {
                yield return change with { Status = CertificateStatus.Good };
            }
        }
    }

    private static bool IsOther(RevokedCertificates before, ReadOnlySpan<byte> encoded)
    {
        CrlEntry.TryRead(encoded, default, out CrlEntry entry);
        if (before.TryGet(entry.SerialNumber, out ReadOnlySpan<byte> other) && other.SequenceEqual(encoded))
        {
            return false;
        }

        return other.IsEmpty || ToChange(other) != ToChange(encoded); // a name in an indirect CRL is no other status
    }

    private static bool IsHoldThatIsGone(ReadOnlySpan<byte> encoded, RevokedCertificates now, out StatusChange change)
    {
        change = default;
        CrlEntry.TryRead(encoded, default, out CrlEntry entry);
        if (entry.Reason != System.Security.Cryptography.X509Certificates.X509RevocationReason.CertificateHold || now.TryGet(entry.SerialNumber, out _))
        {
            return false;
        }

        change = ToChange(encoded);
        return true;
    }

    private static StatusChange ToChange(ReadOnlySpan<byte> encoded)
    {
        CrlEntry.TryRead(encoded, default, out CrlEntry entry);
        SerialNumber.TryCreate(entry.SerialNumber, out SerialNumber serial);
        return new StatusChange(serial, new CertificateStatus(entry.RevocationDate, entry.Reason, entry.InvalidityDate), DateTimeOffset.MaxValue);
    }
}
