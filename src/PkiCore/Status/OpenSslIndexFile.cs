using System.Buffers;
using Microsoft.Win32.SafeHandles;
using PkiCore.X509;

namespace PkiCore.Status;

/// <summary>
/// One reading of an index file. It goes over the file twice: first the revoked entries are collected, then the others are told apart from
/// them, so that revocations come first and of duplicate serial numbers the revoked one wins, whatever the order in the file.
/// </summary>
internal sealed class OpenSslIndexFile(string path)
{
    private const int ChangesPerBatch = 8192;
    private const int BadLinesReported = 10;
    private const int BufferLength = 1 << 20; // and the longest line

    private readonly Dictionary<SerialNumber, StatusChange> _revoked = [];
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
        foreach ((StatusChange change, _) in Entries(file))
        {
            if (change.Status.IsRevoked)
            {
                // Of two revocations of one certificate the one that cannot be undone wins, then the first.
                bool replaces = !_revoked.TryGetValue(change.Serial, out StatusChange known) || (known.Status.IsOnHold && !change.Status.IsOnHold);
                if (replaces)
                {
                    _revoked[change.Serial] = change;
                }
            }
        }

        foreach (StatusChange[] part in _revoked.Values.Chunk(ChangesPerBatch))
        {
            yield return part;
        }

        var batch = new List<StatusChange>(ChangesPerBatch);
        foreach ((StatusChange change, string? fault) in Entries(file, countEntries: true))
        {
            NoteFault(fault);
            if (fault is not null || change.Status.IsRevoked || _revoked.ContainsKey(change.Serial))
            {
                continue;
            }

            batch.Add(change);
            if (batch.Count == ChangesPerBatch)
            {
                yield return batch;
                batch = new List<StatusChange>(ChangesPerBatch);
            }
        }

        yield return batch;
        IsChanged = WasWrittenTo(file);
    }

    /// <summary>A rename or its replacement changes the time of change, too: that alone counts only as long as the path leads to the file.</summary>
    private bool WasWrittenTo(SafeFileHandle file)
    {
        FileIdentity now = FileIdentity.Of(file);
        bool hasSameContents = (now with { ChangedTicks = Identity.ChangedTicks }) == Identity;
        return now != Identity && (!hasSameContents || FileIdentity.Of(path).Inode == now.Inode);
    }

    private void NoteFault(string? fault)
    {
        if (fault is not null && ++_badLineCount <= BadLinesReported)
        {
            _badLines.Add(fault);
        }
    }

    private IEnumerable<(StatusChange Change, string? Fault)> Entries(SafeFileHandle file, bool countEntries = false)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            long offset = 0;
            int lineNumber = 0;
            int filled = 0;
            bool atEnd = false;
            bool tooLong = false; // the line whose end is looked for did not fit
            bool beginsWithR = false;
            IsComplete = true;
            while (!atEnd)
            {
                int read = RandomAccess.Read(file, buffer.AsSpan(filled, BufferLength - filled), offset);
                offset += read;
                atEnd = read == 0;
                filled += read;
                int start = 0;
                while (NextLine(buffer.AsSpan(start, filled - start), atEnd, tooLong, out int length))
                {
                    lineNumber++;
                    StatusChange change = default;
                    ReadOnlySpan<byte> line = buffer.AsSpan(start, length).TrimEnd((byte)'\r');
                    beginsWithR = tooLong ? beginsWithR : line.StartsWith("R"u8);
                    bool isBlank = !tooLong && (line.IsEmpty || line[0] == (byte)'#'); // OpenSSL passes over comments
                    string? fault = tooLong ? $"it is longer than {BufferLength} bytes"
                        : isBlank ? null
                        : OpenSslIndexLine.TryParse(line, out change);
                    tooLong = false;
                    start = Math.Min(start + length + 1, filled);
                    if (isBlank)
                    {
                        continue;
                    }

                    fault = fault is null ? null : $"line {lineNumber}: {fault}";
                    LostRevocation ??= beginsWithR && !change.Status.IsRevoked ? fault : null;
                    EntryCount += countEntries && (fault is null || change.Status.IsRevoked) ? 1 : 0;
                    yield return (change, fault);
                }

                buffer.AsSpan(start, filled - start).CopyTo(buffer);
                filled -= start;
                if (!tooLong && filled == BufferLength)
                {
                    tooLong = true;
                    beginsWithR = buffer[0] == (byte)'R';
                }

                filled = tooLong ? 0 : filled;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Finds the end of the next line; at the end of the file, what is left without one.</summary>
    private bool NextLine(ReadOnlySpan<byte> rest, bool atEnd, bool tooLong, out int length)
    {
        length = rest.IndexOf((byte)'\n');
        if (length >= 0)
        {
            return true;
        }

        length = rest.Length;
        bool isUnfinished = atEnd && (tooLong || !rest.IsEmpty);
        IsComplete &= !isUnfinished;
        return isUnfinished;
    }
}
