using Microsoft.Win32.SafeHandles;
using PkiCore.Galera;
using PkiCore.Galera.Writing;
using PkiCore.Responder.Configuration;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Responder.Commands;

/// <summary>An index.txt, line by line, for somebody who takes all of it or nothing.</summary>
internal sealed class IndexFile(string path)
{
    private const int FaultsReported = 10;

    public string Path => path;

    /// <summary>Reads all of it.</summary>
    /// <param name="count">How many certificates there are.</param>
    /// <param name="faultCount">How many lines cannot be taken over.</param>
    /// <returns>The first of them, and why.</returns>
    /// <exception cref="ConfigurationException">The file cannot be read.</exception>
    public IReadOnlyList<string> FindFaults(out long count, out long faultCount)
    {
        var faults = new List<string>();
        (count, faultCount) = (0, 0);
        foreach ((int number, _, string? fault) in ReadLines())
        {
            count++;
            faultCount += fault is null ? 0 : 1;
            if (fault is not null && faults.Count < FaultsReported)
            {
                faults.Add(FormattableString.Invariant($"line {number}: {fault}"));
            }
        }

        return faults;
    }

    /// <summary>What it says, in the order of the file.</summary>
    /// <exception cref="ConfigurationException">The file cannot be read, or has changed since it was checked.</exception>
    public IEnumerable<StatusChange> Read()
    {
        foreach ((int number, StatusChange change, string? fault) in ReadLines())
        {
            yield return fault is null ? change : throw new ConfigurationException(FormattableString.Invariant($"{path} was changed meanwhile; line {number}: {fault}. What comes before has been taken over."));
        }
    }

    private IEnumerable<(int Number, StatusChange Change, string? Fault)> ReadLines()
    {
        using SafeFileHandle file = Open();
        using var lines = new OpenSslIndexLines(file);
        while (TryRead(lines, out StatusChange change, out string? fault))
        {
            yield return (lines.Number, change, fault);
        }

        if (!lines.IsComplete)
        {
            yield return (lines.Number, default, "the last line has no end: somebody may still be writing it");
        }
    }

    private static bool TryRead(OpenSslIndexLines lines, out StatusChange change, out string? fault)
    {
        (change, fault) = (default, null);
        if (!lines.TryRead(out ReadOnlySpan<byte> line))
        {
            return false;
        }

        fault = lines.IsTooLong ? "it is too long" : OpenSslIndexLine.TryParse(line, out change);
        fault ??= IsNegative(change.Serial) ? $"the serial number {change.Serial} is negative, which RFC 5280 4.1.2.2 forbids" : null;
        fault ??= OperationCheck.FindFault(RevocationOperation.Import(change));
        return true;
    }

    private static bool IsNegative(SerialNumber serial)
    {
        Span<byte> contents = stackalloc byte[SerialNumber.MaxLength];
        return contents[..serial.CopyTo(contents)] is [>= 0x80, ..];
    }

    private SafeFileHandle Open()
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(e.Message, e);
        }
    }
}
