using PkiCore.Serving.Storage;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Serving.Snapshots;

/// <summary>What a snapshot says of certificates, for somebody who does not serve them.</summary>
internal static unsafe class SnapshotStatuses
{
    /// <summary>Reads the revoked certificates of a snapshot.</summary>
    /// <param name="path">The file.</param>
    /// <param name="issuer">Whose it has to be.</param>
    /// <param name="lost">How many records were damaged.</param>
    /// <exception cref="InvalidDataException">It is of no use; the message says why.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<StatusChange> ReadRevoked(string path, Issuer issuer, out long lost)
    {
        string purpose = SnapshotKeeper.BeginPurpose(issuer);
        LoadedTable table = SnapshotReader.Read(path, $"{purpose}...", found => found.StartsWith(purpose, StringComparison.Ordinal));
        var revoked = new List<StatusChange>(table.RevokedCount);
        foreach (RecordSegment segment in table.Segments.OfType<RecordSegment>())
        {
            for (int place = 0; place < segment.Used; place++)
            {
                RecordHeader* record = segment.At(place);
                if (record->IsPublished && record->IsRevoked)
                {
                    revoked.Add(ToChange(record, table.Contents));
                }
            }

            GC.KeepAlive(segment); // its memory goes with it
        }

        lost = table.LostCount;
        return revoked;
    }

    private static StatusChange ToChange(RecordHeader* record, SnapshotContents contents)
    {
        CertificateStatus status = record->IsRare
            ? contents.Rare[(int)record->Revocation]
            : new CertificateStatus(DateTimeOffset.FromUnixTimeSeconds(record->Revocation), record->Reason);
        DateTimeOffset notAfter = record->NotAfter == RecordHeader.Never ? DateTimeOffset.MaxValue : DateTimeOffset.FromUnixTimeSeconds(record->NotAfter);
        return new StatusChange(record->Key.ToSerialNumber(), status, notAfter);
    }
}
