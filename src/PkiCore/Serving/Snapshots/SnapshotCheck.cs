using PkiCore.Serving.Storage;

namespace PkiCore.Serving.Snapshots;

/// <summary>Whether the contents of a snapshot can be those of a table, before memory is taken on their word.</summary>
internal static class SnapshotCheck
{
    private const int MaxSignatureCount = 16; // a hash each; there are fewer
    private const int SignatureOverhead = 16; // of an ECDSA signature in DER, and more

    /// <exception cref="InvalidDataException">They cannot be; the message says why.</exception>
    public static void Check(SnapshotContents contents, long fileLength)
    {
        Check(contents.SegmentBits is >= 0 and <= RecordStore.DefaultSegmentBits, $"its segments have 2^{contents.SegmentBits} records");
        int capacity = 1 << contents.SegmentBits;
        Check(contents.Segments.Count <= (1 << SlotIndex.MaxSlotBits) / capacity, $"it has {contents.Segments.Count} segments");
        Check(contents.SlotBits is >= SlotIndex.MinSlotBits and <= SlotIndex.MaxSlotBits, $"the slots of its index have {contents.SlotBits} bits");
        Check(contents.IndexCapacity is >= 1 and <= int.MaxValue, $"its index has {contents.IndexCapacity} entries");
        long length = (long)contents.IndexCapacity * sizeof(uint);
        foreach ((RecordLayout layout, int used) in contents.Segments.Where(segment => segment.Used != 0))
        {
            Check(used > 0 && used <= capacity, $"a segment has {used} records");
            Check(
                layout.SignatureCount is >= 1 and <= MaxSignatureCount && layout.SignatureLength is >= 1 and <= ResponderIdentity.MaxSignatureLength,
                $"a segment has {layout.SignatureCount} signatures of {layout.SignatureLength} bytes");
            length += (long)used * layout.RecordLength;
        }

        Check(length <= fileLength, $"it has {fileLength} bytes, and should have more than {length}");
        CheckBatches(contents, (uint)contents.Segments.Count << contents.SegmentBits);
    }

    private static void CheckBatches(SnapshotContents contents, uint slotLimit)
    {
        var groups = new HashSet<uint>();
        foreach ((uint group, SigningBatch batch) in contents.Batches)
        {
            // There were never more batches than slots, but for one that came before another had gone.
            Check(group >= RecordGroups.FirstOfBatches && group <= RecordGroups.FirstOfBatches + slotLimit && groups.Add(group), $"a batch has the group {group}");
            int signatureLength = batch.SignatureForm.Length;
            Check(signatureLength is >= 1 and <= ResponderIdentity.MaxSignatureLength, $"a batch has signatures of {signatureLength} bytes");
            int replyLength = batch.Template.GetMaxLength(1, signatureLength + SignatureOverhead);
            Check(replyLength <= OcspResponder.MaxReplyLength, $"a batch has replies of {replyLength} bytes");
            Check(batch.Id.Length is >= 1 and <= 64 && batch.Id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-'), "a batch has an identity that cannot be an ETag");
        }
    }

    private static void Check(bool isTrue, string fault)
    {
        if (!isTrue)
        {
            throw new InvalidDataException(fault);
        }
    }
}
