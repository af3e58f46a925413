using System.Buffers;
using System.Globalization;
using System.Numerics;
using Microsoft.Extensions.Logging;
using PkiCore.Crl.Issuing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Crl.State;

/// <summary>
/// Who is on which CRL of one CRL issuer: the entries, and how far the sources have been applied, in memory and in a journal of its own, from which it goes
/// on after a restart. Not safe for use from several threads.
/// </summary>
internal sealed class CrlState : IDisposable
{
    private const int FrameLength = 1 << 20;
    private const long SmallFile = 16 << 20;

    private readonly ScopeSet _scopes;
    private readonly StateJournal _journal;
    private readonly StatePurpose _purpose;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly ArrayBufferWriter<byte> _frame = new();
    private readonly SourceReading[] _readings;
    private string? _journalFault;

    private CrlState(string path, ScopeSet scopes, IReadOnlyList<Issuer> issuers, bool hasDeltas, TimeProvider timeProvider, ILogger logger)
    {
        _scopes = scopes;
        _timeProvider = timeProvider;
        _logger = logger;
        _purpose = new StatePurpose(scopes, issuers, hasDeltas);
        _readings = [.. issuers.Select(_ => new SourceReading())];
        Scopes = [.. scopes.Scopes.Select(scope => new ScopeState(scope, issuers.Count, hasDeltas))];
        _journal = StateJournal.Open(path);
    }

    /// <summary>The CRLs, in the order of the scopes.</summary>
    public IReadOnlyList<ScopeState> Scopes { get; }

    /// <summary>Why the journal lags behind; <see langword="null"/> when it does not.</summary>
    public string? Problem => _journalFault is null ? null : $"the state of the CRLs is not saved: {_journalFault}";

    /// <summary>Opens the state, or begins one.</summary>
    /// <param name="path">The journal.</param>
    /// <param name="scopes">The CRLs. They, and the issuers, have to be those of the journal.</param>
    /// <param name="issuers">The issuers of certificates; the CRL issuer's own certificates come first.</param>
    /// <param name="hasDeltas">Whether there are delta CRLs.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">For what is wrong with the journal.</param>
    /// <exception cref="IOException">The journal cannot be opened, or another process holds it.</exception>
    /// <exception cref="InvalidDataException">The journal is damaged, or of other CRLs.</exception>
    public static CrlState Open(string path, ScopeSet scopes, IReadOnlyList<Issuer> issuers, bool hasDeltas, TimeProvider timeProvider, ILogger logger)
    {
        var state = new CrlState(path, scopes, issuers, hasDeltas, timeProvider, logger);
        try
        {
            string? fault = state.Restore();
            if (fault is not null)
            {
                Log.CrlStateFault(logger, path, fault);
            }

            return state;
        }
        catch (InvalidDataException e)
        {
            state._journal.Dispose(); // or the next attempt would find it held
            throw new InvalidDataException($"'{path}': {e.Message}", e);
        }
    }

    /// <summary>How far the source of an issuer is known.</summary>
    public SourceReading GetReading(int issuer) => _readings[issuer];

    /// <summary>Applies a batch of the source of an issuer.</summary>
    public void Apply(int issuer, StatusBatch batch)
    {
        SourceReading reading = _readings[issuer];
        if (batch.Verdict != StatusVerdict.OtherHistory)
        {
            reading.Begin(batch);
            DateTimeOffset asOf = FindEarliestWatermark(issuer, batch);
            foreach (StatusChange change in reading.Tell(batch.Changes, asOf))
            {
                Apply(issuer, in change, asOf);
                if (_frame.WrittenCount >= FrameLength)
                {
                    WriteFrame();
                }
            }
        }

        if (reading.End(batch))
        {
            _frame.WritePosition(issuer, reading.Position.Value);
        }

        WriteFrame();
    }

    /// <summary>Takes note of a complete CRL.</summary>
    /// <param name="scope">The number of its scope.</param>
    /// <param name="number">Its number.</param>
    /// <param name="expiredBefore">See <see cref="ScopeEntries.BecomeBase"/>.</param>
    public void NoteBase(int scope, BigInteger number, DateTimeOffset? expiredBefore)
    {
        Scopes[scope].BecomeBase(number, expiredBefore);
        _frame.WriteBase(scope, number.ToString(CultureInfo.InvariantCulture), expiredBefore, Scopes[scope].Departures);
        WriteFrame();
    }

    /// <summary>Takes note of a delta CRL.</summary>
    public void NoteDelta(int scope)
    {
        Scopes[scope].TellDelta();
        _frame.WriteScope(StateRecordKind.Delta, scope);
        WriteFrame();
    }

    /// <summary>Waits until everything is on the disk. What a CRL tells must not be forgotten: a hold that nobody remembers is never taken back in a
    /// delta CRL (CX-7).</summary>
    /// <exception cref="IOException">It cannot be saved.</exception>
    public void Save()
    {
        try
        {
            if (_journalFault is not null)
            {
                Rewrite();
            }

            _journal.Flush();
        }
        catch (Exception e) when (IsFault(e))
        {
            NoteFault(e);
            throw new IOException($"The state of the CRLs cannot be saved: {e.Message}", e);
        }
    }

    public void Dispose()
    {
        try
        {
            _journal.Flush();
        }
        catch (IOException e)
        {
            NoteFault(e);
        }

        _journal.Dispose();
    }

    /// <summary>The earliest thisUpdate of a CRL that may tell of a batch: that of the source that is known up to the earliest time, and no entry may be
    /// later (CF-13).</summary>
    private DateTimeOffset FindEarliestWatermark(int issuer, StatusBatch batch)
    {
        bool moves = batch is { Verdict: StatusVerdict.Current, Kind: not StatusBatchKind.CompleteState };
        DateTimeOffset earliest = batch.Watermark;
        for (int i = 0; i < _readings.Length; i++)
        {
            if ((i != issuer || !moves) && _readings[i].Watermark is { } watermark && watermark < earliest)
            {
                earliest = watermark;
            }
        }

        return earliest;
    }

    private void Apply(int issuer, in StatusChange change, DateTimeOffset watermark)
    {
        bool isRefused = false;
        bool isCovered = false;
        foreach (int number in _scopes.Find(in change))
        {
            ScopeState scope = Scopes[number];
            if (issuer < scope.ByIssuer.Count && scope.Scope.Covers(in change))
            {
                isCovered = true;
                isRefused |= !Apply(issuer, number, in change, watermark);
            }
        }

        _readings[issuer].Refuse(change.Serial, isRefused);
        _readings[issuer].Misplace(change.Serial, change.Status.IsRevoked && !isCovered);
    }

    /// <returns><see langword="false"/> when the change would undo a revocation that is for good (architecture rule 3).</returns>
    private bool Apply(int issuer, int number, in StatusChange change, DateTimeOffset watermark)
    {
        ScopeState scope = Scopes[number];
        ScopeEntries entries = scope.ByIssuer[issuer];
        ListedStatus listed = entries.Find(change.Serial);
        if (listed == ListedStatus.Revoked && change.Status is not { IsRevoked: true, IsOnHold: false })
        {
            return false;
        }

        if (change.Status.IsRevoked && IsForReason(scope.Scope, in change))
        {
            if (listed == ListedStatus.NotListed && change.NotAfter < scope.ExpiredBefore && change.NotAfter < _timeProvider.GetUtcNow())
            {
                return true; // it has been on a complete CRL past its expiry (BR-4), or was revoked when it no longer mattered
            }

            Span<byte> entry = stackalloc byte[CrlEntryEncoder.MaxLength];
            entry = entry[..CrlEntryEncoder.Encode(in change, watermark, entry)];
            var expiry = ExpiryTime.Of(change.NotAfter);
            if (entries.Set(change.Serial, entry, expiry))
            {
                scope.Change(_timeProvider.GetUtcNow(), departures: 0);
                _frame.WriteSet(ListOf(number, issuer), expiry, entry);
            }
        }
        else if (listed != ListedStatus.NotListed)
        {
            var departure = new Departure(watermark, IsReleased: !change.Status.IsRevoked);
            entries.Remove(change.Serial, departure);
            scope.Change(_timeProvider.GetUtcNow(), departures: 1);
            _frame.WriteSerial(StateRecordKind.Removed, ListOf(number, issuer), change.Serial, departure);
        }

        return true;
    }

    private static bool IsForReason(CrlScope scope, in StatusChange change) =>
        scope.DistributionPoint is not { OnlySomeReasons: { } reasons } || reasons.Contains(change.Status.Reason); // CX-15: unspecified is in none

    private int ListOf(int scope, int issuer) => (scope * _readings.Length) + issuer;

    private ScopeEntries EntriesOf(int list) => Scopes[list / _readings.Length].ByIssuer[list % _readings.Length];

    private void WriteFrame()
    {
        if (_frame.WrittenCount == 0)
        {
            return;
        }

        try
        {
            if (_journalFault is null && _journal.Length <= Math.Max(SmallFile, 2 * Image.EstimateLength()))
            {
                _journal.Append(_frame.WrittenSpan);
            }
            else
            {
                Rewrite();
            }
        }
        catch (Exception e) when (IsFault(e))
        {
            NoteFault(e);
        }
        finally
        {
            _frame.ResetWrittenCount();
        }
    }

    private StateImage Image => new(_purpose.Text, Scopes, _readings);

    private void Rewrite()
    {
        _journal.Rewrite(Image.Frames);
        _journalFault = null;
    }

    private void NoteFault(Exception e)
    {
        if (_journalFault is null)
        {
            Log.CrlStateNotSaved(_logger, e);
        }

        _journalFault = e.Message; // and the next time all of it is written
    }

    private static bool IsFault(Exception e) => e is IOException or UnauthorizedAccessException;

    /// <returns>What is wrong with the journal; <see langword="null"/> when nothing is.</returns>
    private string? Restore()
    {
        string? purpose = null;
        string? fault;
        try
        {
            fault = _journal.ReadAll(payload =>
            {
                var reader = new StateRecordReader(payload);
                purpose ??= reader.ReadKind() == StateRecordKind.Purpose ? reader.ReadText() : "";
                while (_purpose.SuitsEntries(purpose) && !reader.IsEmpty)
                {
                    RestoreRecord(ref reader);
                }
            });
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException or FormatException or IndexOutOfRangeException)
        {
            throw new InvalidDataException($"The state of the CRLs cannot be read: {e.Message}. Remove the file: the state is then read from the source again.", e);
        }

        if (purpose is null)
        {
            _frame.WritePurpose(_purpose.Text);
            WriteFrame();
        }
        else if (!_purpose.SuitsEntries(purpose))
        {
            // Certificates name their CRL for good (T-20): spread over others, the revoked ones would be missing where clients look for them.
            throw new InvalidDataException(
                "The state of the CRLs is of other CRLs than those of the settings: others by name, number of shards, kind of certificates or reasons, or of other issuers. "
                + "Go back to those settings; or, if these are meant, remove the state: it is then read from the source again.");
        }
        else if (!_purpose.SuitsBases(purpose))
        {
            ForgetBases(_ => true);
            Rewrite();
        }

        DistrustFuture();
        return fault;
    }

    /// <summary>Lets a complete CRL come next, where there is none that a delta CRL could add to.</summary>
    /// <param name="isUnfit">Whether the last one is unfit.</param>
    public void ForgetBases(Func<ScopeState, bool> isUnfit)
    {
        foreach (ScopeState scope in Scopes.Where(isUnfit))
        {
            scope.ForgetBase();
        }
    }

    /// <summary>A clock that was ahead has let certificates go that have not expired: the source has to tell everything again.</summary>
    private void DistrustFuture()
    {
        DateTimeOffset now = _timeProvider.GetUtcNow();
        foreach (ScopeState scope in Scopes.Where(scope => scope.ExpiredBefore > now))
        {
            scope.ForgetExpiry();
            foreach (SourceReading reading in _readings)
            {
                reading.Restore(default);
            }
        }
    }

    private void RestoreRecord(ref StateRecordReader reader)
    {
        DateTimeOffset now = DateTimeOffset.MinValue; // nobody knows since when it waits: it does not wait any longer
        StateRecordKind kind = reader.ReadKind();
        int number = reader.ReadNumber();
        switch (kind)
        {
            case StateRecordKind.Set:
                ExpiryTime expiry = reader.ReadExpiry();
                ReadOnlySpan<byte> entry = reader.ReadEntry(out SerialNumber set);
                EntriesOf(number).Set(in set, entry, expiry);
                Scopes[number / _readings.Length].Change(now, departures: 0);
                break;
            case StateRecordKind.Removed:
                var departure = new Departure(reader.ReadTime(), reader.ReadFlag());
                SerialNumber removed = reader.ReadSerial();
                EntriesOf(number).Remove(in removed, departure);
                Scopes[number / _readings.Length].Change(now, departures: 1);
                break;
            case StateRecordKind.ChangedSinceBase:
                departure = new Departure(reader.ReadTime(), reader.ReadFlag());
                EntriesOf(number).RestoreChange(reader.ReadSerial(), departure);
                Scopes[number / _readings.Length].Change(now, departures: 0);
                break;
            case StateRecordKind.Position:
                bool hasPosition = reader.ReadFlag();
                string position = reader.ReadText();
                _readings[number].Restore(new SourcePosition(hasPosition ? position : null));
                break;
            case StateRecordKind.Base:
                long expiredBefore = reader.ReadTime().UtcTicks;
                int departures = reader.ReadNumber();
                Scopes[number].BecomeBase(BigInteger.Parse(reader.ReadText(), CultureInfo.InvariantCulture), expiredBefore == 0 ? null : new DateTimeOffset(expiredBefore, TimeSpan.Zero));
                Scopes[number].RestoreDepartures(departures);
                break;
            case StateRecordKind.Changed:
                Scopes[number].Change(now, departures: 0);
                break;
            case StateRecordKind.Delta:
                Scopes[number].TellDelta();
                break;
            default:
                throw new InvalidDataException($"there is a record of kind {(int)kind}");
        }
    }
}
