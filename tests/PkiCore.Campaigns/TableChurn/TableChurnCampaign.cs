using System.Diagnostics;
using PkiCore.Campaigns.Asking;
using PkiCore.Campaigns.Harness;
using PkiCore.Campaigns.Library;
using PkiCore.Responder.Demo;
using PkiCore.Serving;
using PkiCore.X509;

namespace PkiCore.Campaigns.TableChurn;

/// <summary>
/// The library's table while everything happens to it at once: status, additions, expiry, signatures of other lengths, refreshes, snapshots. No answer is
/// ever broken, expired, or older than what the source was acknowledged to have told; and what a snapshot holds is as good.
/// </summary>
internal sealed class TableChurnCampaign(CampaignContext context) : Campaign
{
    private const int ClockFactor = 20;
    private const int ReaderCount = 2;
    private const int HotQuestions = 100; // in a row
    private const int SegmentBits = 8; // a segment is filled, emptied and dropped soon
    private const string Wrong = "wrong";
    private const string Unsigned = "not signed in the end";

    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(60);
    private static readonly TimeSpan s_sourceInterval = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan s_finalLimit = TimeSpan.FromSeconds(60);

    private readonly ScaledTimeProvider _clock = new(ClockFactor);
    private readonly Journal<HistoryEntry> _journal = new(context.JournalPath);
    private readonly string _snapshots = Directory.CreateDirectory(Path.Combine(context.Folder, "snapshots")).FullName;
    private readonly SortedDictionary<string, int> _operations = new(StringComparer.Ordinal);
    private StatusHistory _history = null!;
    private TableDisturbances _disturbances = null!;
    private HistorySource _source = null!;
    private LibrarySigners _signers = null!;
    private Issuer _issuer = null!;
    private OcspResponder _responder = null!;
    private LibraryAsker _asker = null!;
    private SnapshotCheck _check = null!;
    private HotReader _hot = null!;
    private Readers? _readers;
    private Readers? _hotReaders;

    public override string Progress => $"{_history.Length} changes, {_history.Serials.Count} certificates, {_asker.Answers} answers and {_check.Checked} snapshots verified, {Faults.Total} faults";

    public override IEnumerable<(string Name, string Value)> Figures =>
    [
        ("changes", $"{_history?.Length}"),
        ("certificates", $"{_history?.Serials.Count}"),
        .. _operations.Select(operation => ($"  {operation.Key}", $"{operation.Value}")),
        ("answers verified", $"{_asker?.Answers}"),
        ("  asked for a live signature", $"{_asker?.Live}"),
        ("answers compared, verified if changed", $"{_hot?.Answers}"),
        ("tryLater", $"{_asker?.TryLater}"),
        ("snapshots loaded", $"{_check?.Checked}"),
        ("  answers of theirs verified", $"{_check?.Answers}"),
        (Wrong, $"{Faults.Count(Wrong)}"),
        (SnapshotCheck.Snapshot, $"{Faults.Count(SnapshotCheck.Snapshot)}"),
        (Asker.Unverifiable, $"{Faults.Count(Asker.Unverifiable)}"),
        (Unsigned, $"{Faults.Count(Unsigned)}"),
    ];

    public override async Task ArrangeAsync(CancellationToken cancellationToken)
    {
        var ca = DemoCa.Create(Path.Combine(context.Folder, "ca"), new DemoCaOptions(), TimeProvider.System);
        _issuer = Issuer.FromPemFile(ca.CaPath);
        _signers = new LibrarySigners(ca);
        _history = new StatusHistory(_journal, _clock);
        _disturbances = new TableDisturbances(_history, _clock);
        _disturbances.AddMany(10, TimeSpan.FromDays(100));
        _source = new HistorySource(_history, _clock, s_sourceInterval);
        _responder = new OcspResponder(
            new OcspResponderOptions
            {
                Validity = TimeSpan.FromMinutes(5),
                LiveTimeout = TimeSpan.FromSeconds(40),
                SnapshotDirectory = _snapshots,
                SnapshotInterval = TimeSpan.FromSeconds(2),
                SegmentBits = SegmentBits,
            },
            _clock);
        _responder.AddIssuer(_issuer, _signers.Next(), _source);
        _asker = new LibraryAsker(_responder, _issuer, _clock, Faults);
        _check = new SnapshotCheck(_history, _issuer, _clock, Faults, SegmentBits);
        await _responder.StartAsync(cancellationToken);
        _hot = new HotReader(_responder, _issuer, _history, _clock, Faults);
        _readers = new Readers(ReaderCount, context.Seed, AskOnceAsync);
        _hotReaders = new Readers(1, context.Seed, AskHotAsync);
    }

    public override async Task DisturbAsync(Random random, CancellationToken cancellationToken)
    {
        string operation;
        switch (random.Next(40))
        {
            case < 16:
                operation = "a few change";
                _disturbances.ChangeStatus(random, random.Next(1, 6));
                break;
            case < 20:
                operation = "many change";
                _disturbances.ChangeStatus(random, random.Next(100, 400));
                break;
            case < 26:
                operation = "added";
                _disturbances.AddMany(random.Next(1, 150), TimeSpan.FromDays(100));
                break;
            case < 30:
                operation = "added, short-lived";
                _disturbances.AddShortLived(random);
                break;
            case < 32:
                operation = "prolonged";
                _disturbances.Prolong(random);
                break;
            case < 34:
                operation = "signer replaced";
                _responder.SetSigner(_issuer, _signers.Next());
                break;
            case < 35:
                operation = "source tells all again";
                _source.Restart();
                break;
            case < 36:
                operation = "source lies";
                Lie(random);
                break;
            case < 37:
                operation = "source out of reach";
                _source.IsReachable = !_source.IsReachable;
                break;
            default:
                operation = "snapshot loaded";
                await LoadSnapshotAsync(random);
                break;
        }

        _operations[operation] = _operations.GetValueOrDefault(operation) + 1;
        await Task.Delay(random.NextDouble() * s_longestPause, cancellationToken);
        _source.IsReachable |= random.Next(3) == 0;
    }

    public override async Task JudgeAsync(CancellationToken cancellationToken)
    {
        _source.IsReachable = true;
        Dictionary<string, HistoryEntry> final = new(StringComparer.Ordinal);
        foreach (HistoryEntry entry in _journal.Read())
        {
            final[entry.Serial] = entry;
        }

        try
        {
            await Eventually.HoldsAsync("everything is told and signed", () => Task.FromResult(IsQuiet()), s_finalLimit, cancellationToken);
        }
        catch (TimeoutException e)
        {
            Faults.Add(Unsigned, $"{e.Message}: {_responder.GetHealth().Issuers[0]}, {string.Join("; ", _responder.GetHealth().Issuers[0].Problems)}");
        }

        await _hotReaders!.StopAsync();
        await _readers!.StopAsync();
        foreach ((string serial, HistoryEntry entry) in final)
        {
            await JudgeAsync(serial, entry);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await (_hotReaders?.DisposeAsync() ?? default);
        await (_readers?.DisposeAsync() ?? default);
        await (_responder?.DisposeAsync() ?? default);
        _signers?.Dispose();
        _issuer?.Certificate.Dispose();
        _journal.Dispose();
    }

    private bool IsQuiet()
    {
        IssuerHealth health = _responder.GetHealth().Issuers[0];
        return _source.Known == _history.Length && health.WaitingToBeSigned == 0;
    }

    private async Task JudgeAsync(string serial, HistoryEntry entry)
    {
        Question question = Question.Create(_issuer.Certificate, serial, CertIdHash.Sha1);
        Answer? answer;
        long begun = Stopwatch.GetTimestamp();
        do
        {
            answer = await _asker.AskAsync(question); // on a busy machine what was signed ahead expires, and a live signature takes too long
        }
        while (answer is { Standing: null } && Stopwatch.GetElapsedTime(begun) < s_finalLimit);
        bool mayHaveExpired = entry.NotAfter <= _clock.GetUtcNow();
        if (answer is not null && answer.Standing != entry.Standing && !(mayHaveExpired && answer.Standing == Standing.Unlisted))
        {
            Faults.Add(Wrong, $"{serial} is {entry} by the journal, but in the end {answer.Standing?.ToString() ?? $"{answer.Status}"} was answered");
        }
    }

    private void Lie(Random random)
    {
        if (_disturbances.FindRevoked(random) is { } revoked)
        {
            _source.Lie(revoked);
        }
    }

    private async Task LoadSnapshotAsync(Random random)
    {
        string? path = Directory.EnumerateFiles(_snapshots, "*.table").FirstOrDefault();
        if (path is not null)
        {
            string folder = Directory.CreateDirectory(Path.Combine(context.Folder, "copy")).FullName;
            await _check.RunAsync(path, folder, _signers.Next(), isReachable: random.Next(2) == 0, random);
            Directory.Delete(folder, recursive: true);
        }
    }

    private Task AskHotAsync(Random random, CancellationToken cancellationToken)
    {
        for (int i = 0; i < HotQuestions; i++)
        {
            _hot.Ask(random, Math.Min(3, _history.Serials.Count), _source.Known);
        }

        return Task.CompletedTask;
    }

    private async Task AskOnceAsync(Random random, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> serials = _history.Serials;
        string serial = serials[random.Next(random.Next(2) == 0 ? serials.Count : Math.Min(20, serials.Count))];
        CertIdHash hash = random.Next(20) == 0 ? CertIdHash.Sha384 : random.Next(2) == 0 ? CertIdHash.Sha1 : CertIdHash.Sha256;
        Question question = Question.Create(_issuer.Certificate, serial, hash);
        int known = _source.Known;
        Answer? answer = await _asker.AskAsync(question);
        if (answer is not null && _history.FindFault(serial, answer, known, _history.Length) is { } fault)
        {
            Faults.Add(Wrong, $"{serial} by {hash}: {fault}");
        }
    }
}
