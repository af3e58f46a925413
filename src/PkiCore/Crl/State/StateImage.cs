using System.Buffers;
using System.Globalization;

namespace PkiCore.Crl.State;

/// <summary>A <see cref="CrlState"/> as the frames of a journal that is written whole.</summary>
internal sealed class StateImage(string purpose, IReadOnlyList<ScopeState> scopes, IReadOnlyList<SourceReading> readings)
{
    private const int FrameLength = 1 << 20;

    private const int EntryOverhead = 9;
    private const int ChangeLength = 36;

    private readonly ArrayBufferWriter<byte> _frame = new();

    /// <summary>About how long the journal will be.</summary>
    public long EstimateLength() => scopes.Sum(scope => scope.ByIssuer.Sum(
        entries => entries.Revoked.Length + ((long)EntryOverhead * entries.Revoked.Count) + ((long)ChangeLength * entries.ChangeCount)));

    /// <summary>The frames; each until the next.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Frames
    {
        get
        {
            _frame.WritePurpose(purpose);
            for (int scope = 0; scope < scopes.Count; scope++)
            {
                foreach (ReadOnlyMemory<byte> frame in FramesOf(scope))
                {
                    yield return frame;
                }
            }

            for (int issuer = 0; issuer < readings.Count; issuer++)
            {
                _frame.WritePosition(issuer, readings[issuer].Position.Value);
            }

            yield return _frame.WrittenMemory;
        }
    }

    /// <summary>The entries, the base that they were or are to be compared with, and what has changed since.</summary>
    private IEnumerable<ReadOnlyMemory<byte>> FramesOf(int number)
    {
        ScopeState scope = scopes[number];
        for (int issuer = 0; issuer < scope.ByIssuer.Count; issuer++)
        {
            int list = (number * readings.Count) + issuer;
            foreach ((ReadOnlyMemory<byte> entry, ExpiryTime notAfter) in scope.ByIssuer[issuer].Revoked.Entries)
            {
                _frame.WriteSet(list, notAfter, entry.Span);
                if (_frame.WrittenCount >= FrameLength)
                {
                    yield return Take();
                }
            }
        }

        if (scope.BaseNumber is not { } baseNumber)
        {
            yield break;
        }

        _frame.WriteBase(number, baseNumber.ToString(CultureInfo.InvariantCulture), scope.ExpiredBefore, scope.Departures);
        for (int issuer = 0; issuer < scope.ByIssuer.Count; issuer++)
        {
            foreach ((X509.SerialNumber serial, Departure departure) in scope.ByIssuer[issuer].ChangesSinceBase)
            {
                _frame.WriteSerial(StateRecordKind.ChangedSinceBase, (number * readings.Count) + issuer, in serial, departure);
                if (_frame.WrittenCount >= FrameLength)
                {
                    yield return Take();
                }
            }
        }

        if (scope.ChangedSinceBase is not null)
        {
            _frame.WriteScope(StateRecordKind.Changed, number);
            if (scope.ChangedSinceDelta is null)
            {
                _frame.WriteScope(StateRecordKind.Delta, number);
            }
        }
    }

    private ReadOnlyMemory<byte> Take()
    {
        ReadOnlyMemory<byte> taken = _frame.WrittenMemory;
        _frame.ResetWrittenCount(); // the bytes stay until the next record is written
        return taken;
    }
}
