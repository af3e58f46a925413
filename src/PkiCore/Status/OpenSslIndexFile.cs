using Microsoft.Win32.SafeHandles;
using PkiCore.X509;

namespace PkiCore.Status;

/// <summary>
/// One reading of an index file. It goes over the file twice, first for the revoked entries and then for the others, so that revocations
/// come first and of duplicate serial numbers the revoked one wins, whatever the order in the file.
/// </summary>
internal sealed class OpenSslIndexFile(string path)
{
    private const int ChangesPerBatch = 512; // 48 KiB: not for the heap of large objects
    private const int BadLinesReported = 10;

    private readonly HashSet<SerialNumber> _revokedForGood = [];
    private readonly Dictionary<SerialNumber, StatusChange> _onHold = []; // and perhaps for good, too
    private readonly List<string> _badLines = [];
    private int _badLineCount;

    /// <summary>The file that was read, as it was before: the path may lead to another one by now.</summary>
    public FileIdentity Identity { get; private set; }

    /// <summary>Whether the file was written to while it was read. One that was replaced or renamed meanwhile was not.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>How many entries were read.</summary>
    public long EntryCount { get; private set; }

    /// <summary>Whether the last line ends as lines do; otherwise somebody is still writing it.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The lines that say nothing, by number; <see langword="null"/> when there are none.</summary>
    public string? BadLines => _badLineCount == 0 ? null
        : $"{path}: {_badLineCount} unreadable line(s): {string.Join("; ", _badLines)}{(_badLineCount > _badLines.Count ? "; ..." : "")}";

    /// <summary>The first line that begins with R and names no certificate: somebody is revoked, and nobody knows who; <see langword="null"/> when there is none.</summary>
    public string? LostRevocation { get; private set; }

    /// <summary>Reads the file. The sequence is lazy: properties are final when it has ended.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public IEnumerable<IReadOnlyList<StatusChange>> Read()
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        Identity = FileIdentity.Of(file);
        using (var lines = new OpenSslIndexLines(file))
        {
            while (ReadRevokedForGood(lines) is { Count: > 0 } part)
            {
                yield return part;
            }
        }

        // Of two revocations of one certificate the one that cannot be undone wins, then the first.
        foreach (StatusChange[] part in _onHold.Values.Where(change => !_revokedForGood.Contains(change.Serial)).Chunk(ChangesPerBatch))
        {
            yield return part;
        }

        using (var lines = new OpenSslIndexLines(file))
        {
            while (ReadNotRevoked(lines) is { Count: > 0 } part)
            {
                yield return part;
            }

            IsComplete = lines.IsComplete;
        }

        IsChanged = WasWrittenTo(file);
    }

    /// <summary>A rename or its replacement changes the time of change, too: that alone counts only as long as the path leads to the file.</summary>
    private bool WasWrittenTo(SafeFileHandle file)
    {
        FileIdentity now = FileIdentity.Of(file);
        bool hasSameContents = (now with { ChangedTicks = Identity.ChangedTicks }) == Identity;
        return now != Identity && (!hasSameContents || FileIdentity.Of(path).Inode == now.Inode);
    }

    /// <summary>Reads on until there are enough changes for a batch; those on hold are set aside.</summary>
    private List<StatusChange> ReadRevokedForGood(OpenSslIndexLines lines)
    {
        var batch = new List<StatusChange>(ChangesPerBatch);
        while (batch.Count < ChangesPerBatch && lines.TryRead(out ReadOnlySpan<byte> line))
        {
            if (!lines.BeginsWithR || lines.IsTooLong)
            {
                continue;
            }

            OpenSslIndexLine.TryParse(line, out StatusChange change);
            if (change.Status.IsOnHold)
            {
                _onHold.TryAdd(change.Serial, change);
            }
            else if (change.Status.IsRevoked && _revokedForGood.Add(change.Serial))
            {
                batch.Add(change);
            }
        }

        return batch;
    }

    /// <summary>Reads on until there are enough changes for a batch, and takes note of what is wrong with the lines, of revoked ones too.</summary>
    private List<StatusChange> ReadNotRevoked(OpenSslIndexLines lines)
    {
        var batch = new List<StatusChange>(ChangesPerBatch);
        while (batch.Count < ChangesPerBatch && lines.TryRead(out ReadOnlySpan<byte> line))
        {
            StatusChange change = default;
            string? fault = lines.IsTooLong ? $"it is longer than {OpenSslIndexLines.MaxLineLength} bytes" : OpenSslIndexLine.TryParse(line, out change);
            EntryCount += fault is null || change.Status.IsRevoked ? 1 : 0;
            if (fault is not null)
            {
                NoteFault($"line {lines.Number}: {fault}", isLostRevocation: lines.BeginsWithR && !change.Status.IsRevoked);
            }
            else if (!change.Status.IsRevoked && !_revokedForGood.Contains(change.Serial) && !_onHold.ContainsKey(change.Serial))
            {
                batch.Add(change);
            }
        }

        return batch;
    }

    private void NoteFault(string fault, bool isLostRevocation)
    {
        LostRevocation ??= isLostRevocation ? fault : null;
        if (++_badLineCount <= BadLinesReported)
        {
            _badLines.Add(fault);
        }
    }
}
