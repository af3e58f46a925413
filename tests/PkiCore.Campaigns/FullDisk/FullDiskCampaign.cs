using System.Diagnostics;
using PkiCore.Campaigns.Asking;
using PkiCore.Campaigns.Harness;
using PkiCore.Campaigns.Library;
using PkiCore.Campaigns.TableChurn;
using PkiCore.Responder.Demo;
using PkiCore.Serving;
using PkiCore.X509;

namespace PkiCore.Campaigns.FullDisk;

/// <summary>
/// The disk for the snapshots is full again and again, at times because the table is larger than it. That is said in the health record, the earlier
/// snapshot stays good, service and signing go on, nothing half-written is left, and all is well again by itself when there is room.
/// </summary>
internal sealed class FullDiskCampaign(CampaignContext context) : Campaign
{
    private const int ClockFactor = 20;
    private const int FirstKilobytes = 512;
    private const int FirstCertificates = 500;
    private const int ReaderCount = 2;
    private const string Wrong = "wrong";
    private const string Harmed = "harmed";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_sourceInterval = TimeSpan.FromMilliseconds(400);

    private readonly ScaledTimeProvider _clock = new(ClockFactor);
    private readonly Journal<HistoryEntry> _journal = new(context.JournalPath);
    private StatusHistory _history = null!;
    private TableDisturbances _disturbances = null!;
    private HistorySource _source = null!;
    private LibrarySigners _signers = null!;
    private Issuer _issuer = null!;
    private SmallDisk? _disk;
    private OcspResponder _responder = null!;
    private LibraryAsker _asker = null!;
    private SnapshotCheck _check = null!;
    private Readers? _readers;
    private long _kilobytes = FirstKilobytes;
    private int _filled;
    private int _outgrown;
    private TimeSpan _longestRecovery;

    public override string Progress => $"{_filled + _outgrown} times full, {_asker.Answers} answers and {_check.Checked} snapshots verified, {Faults.Total} faults";

    public override IEnumerable<(string Name, string Value)> Figures =>
    [
        ("full because of others", $"{_filled}"),
        ("full because of the table", $"{_outgrown}"),
        ("certificates", $"{_history?.Serials.Count}"),
        ("answers verified", $"{_asker?.Answers}"),
        ("tryLater", $"{_asker?.TryLater}"),
        ("snapshots loaded", $"{_check?.Checked}"),
        ("longest from room to snapshot", $"{_longestRecovery.TotalMilliseconds:0} ms"),
        (Wrong, $"{Faults.Count(Wrong)}"),
        (Harmed, $"{Faults.Count(Harmed)}"),
        (SnapshotCheck.Snapshot, $"{Faults.Count(SnapshotCheck.Snapshot)}"),
        (Asker.Unverifiable, $"{Faults.Count(Asker.Unverifiable)}"),
    ];

    private IssuerHealth Health => _responder.GetHealth().Issuers[0];

    private bool HasProblem => Health.Problems.Any(problem => problem.Contains("snapshot", StringComparison.Ordinal));

    public override async Task ArrangeAsync(CancellationToken cancellationToken)
    {
        var ca = DemoCa.Create(Path.Combine(context.Folder, "ca"), new DemoCaOptions(), TimeProvider.System);
        _issuer = Issuer.FromPemFile(ca.CaPath);
        _signers = new LibrarySigners(ca);
        _disk = await SmallDisk.MountAsync(Path.Combine(context.Folder, "disk"), FirstKilobytes, cancellationToken);
        _history = new StatusHistory(_journal, _clock);
        _disturbances = new TableDisturbances(_history, _clock) { MaxCertificates = int.MaxValue };
        _disturbances.AddMany(FirstCertificates, TimeSpan.FromDays(100));
        _source = new HistorySource(_history, _clock, s_sourceInterval);
        _responder = new OcspResponder(
            new OcspResponderOptions { Validity = TimeSpan.FromHours(5), LiveTimeout = TimeSpan.FromSeconds(40), SnapshotDirectory = _disk.Path, SnapshotInterval = TimeSpan.FromSeconds(2) }, _clock);
        _responder.AddIssuer(_issuer, _signers.Next(), _source);
        _asker = new LibraryAsker(_responder, _issuer, _clock, Faults);
        _check = new SnapshotCheck(_history, _issuer, _clock, Faults);
        await _responder.StartAsync(cancellationToken);
        _readers = new Readers(ReaderCount, context.Seed, AskOnceAsync);
        await WaitAsync("the first snapshot", () => FindSnapshot() is not null, cancellationToken);
    }

    public override async Task DisturbAsync(Random random, CancellationToken cancellationToken)
    {
        bool outgrows = random.Next(4) == 0 && _kilobytes < FirstKilobytes * 4;
        if (outgrows)
        {
            _outgrown++;
            int records = checked((int)((_kilobytes * 1024) - Health.TableBytes) / 168); // of two P-256 signatures each; less is enough, for there are two files
            _disturbances.AddMany(Math.Max(100, records), TimeSpan.FromDays(100));
        }
        else
        {
            _filled++;
            _disk!.Fill(random.NextInt64(Health.TableBytes * 3 / 4));
        }

        _disturbances.ChangeStatus(random, random.Next(1, 30));
        long pushed = Stopwatch.GetTimestamp();
        await WaitAsync("the problem in the health record", () =>
        {
            PushNowAndThen(random, outgrows, ref pushed);
            return HasProblem;
        }, cancellationToken);
        await CheckWhileFullAsync(random, cancellationToken);
        if (outgrows)
        {
            _kilobytes *= 3; // two files have to have room
            await _disk!.ResizeAsync(_kilobytes, cancellationToken);
        }

        _disk!.Clear();
        TimeSpan duration = await WaitAsync("a snapshot after there was room", () => !HasProblem, cancellationToken);
        _longestRecovery = duration > _longestRecovery ? duration : _longestRecovery;
        await LoadAsync(random);
    }

    public override async Task JudgeAsync(CancellationToken cancellationToken)
    {
        await WaitAsync("everything is told and signed", IsQuiet, cancellationToken);
        await _readers!.StopAsync();
        await _responder.DisposeAsync();
        string[] files = [.. Directory.EnumerateFiles(_disk!.Path).Select(path => Path.GetFileName(path)).Where(name => !name.EndsWith(".lock", StringComparison.Ordinal))];
        if (files is not [var only] || !only.EndsWith(".table", StringComparison.Ordinal))
        {
            Faults.Add(Harmed, $"in the end there is {string.Join(", ", files)}");
        }

        await LoadAsync(new Random(context.Seed));
        foreach (HistoryEntry entry in _journal.Read().GroupBy(entry => entry.Serial).Select(versions => versions.Last()))
        {
            Answer? answer = await _asker.AskAsync(Question.Create(_issuer.Certificate, entry.Serial, CertIdHash.Sha1), mayWait: false);
            if (answer is not null && answer.Standing != entry.Standing)
            {
                Faults.Add(Wrong, $"{entry} by the journal, but in the end {answer.Standing?.ToString() ?? $"{answer.Status}"} was answered");
            }
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await (_readers?.DisposeAsync() ?? default);
        await (_responder?.DisposeAsync() ?? default);
        await (_disk?.DisposeAsync() ?? default);
        _signers?.Dispose();
        _issuer?.Certificate.Dispose();
        _journal.Dispose();
    }

    /// <summary>A snapshot that was being written meanwhile may have got the last room and all changes, and made room by replacing the one before: then there is no other try.</summary>
    private void PushNowAndThen(Random random, bool outgrows, ref long pushed)
    {
        if (Stopwatch.GetElapsedTime(pushed) > s_patience)
        {
            pushed = Stopwatch.GetTimestamp();
            if (!outgrows)
            {
                _disk!.Fill(random.NextInt64(Health.TableBytes * 3 / 4));
            }

            _disturbances.ChangeStatus(random, random.Next(1, 30));
        }
    }

    private async Task CheckWhileFullAsync(Random random, CancellationToken cancellationToken)
    {
        _disturbances.ChangeStatus(random, random.Next(1, 30));
        await WaitAsync("everything is told and signed on a full disk", IsQuiet, cancellationToken);
        await WaitAsync("nothing half-written", () => !Directory.EnumerateFiles(_disk!.Path, "*.tmp").Any(), cancellationToken);
        if (!HasProblem)
        {
            Faults.Add(Harmed, "the problem is gone from the health record, but the disk is still full");
        }

        await LoadAsync(random);
    }

    private bool IsQuiet() => _source.Known == _history.Length && Health.WaitingToBeSigned == 0;

    private string? FindSnapshot() => Directory.EnumerateFiles(_disk!.Path, "*.table").FirstOrDefault();

    private async Task LoadAsync(Random random)
    {
        string folder = Directory.CreateDirectory(Path.Combine(context.Folder, "copy")).FullName;
        await _check.RunAsync(FindSnapshot()!, folder, _signers.Next(), isReachable: false, random);
        Directory.Delete(folder, recursive: true);
    }

    private async Task<TimeSpan> WaitAsync(string what, Func<bool> condition, CancellationToken cancellationToken)
    {
        try
        {
            return await Eventually.HoldsAsync(what, () => Task.FromResult(condition()), s_limit, cancellationToken);
        }
        catch (TimeoutException e)
        {
            Faults.Add(Harmed, $"{e.Message}; room {_disk!.Room}, {string.Join("; ", Health.Problems)}; {Health}");
            return s_limit;
        }
    }

    private async Task AskOnceAsync(Random random, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> serials = _history.Serials;
        string serial = serials[random.Next(serials.Count)];
        Question question = Question.Create(_issuer.Certificate, serial, random.Next(2) == 0 ? CertIdHash.Sha1 : CertIdHash.Sha256);
        int known = _source.Known;
        Answer? answer = await _asker.AskAsync(question);
        if (answer is not null && _history.FindFault(serial, answer, known, _history.Length) is { } fault)
        {
            Faults.Add(Wrong, $"{serial}: {fault}");
        }
    }
}
