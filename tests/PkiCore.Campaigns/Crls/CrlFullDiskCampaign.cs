using PkiCore.Campaigns.FullDisk;
using PkiCore.Campaigns.Harness;
using PkiCore.Campaigns.Library;
using PkiCore.Crl;
using PkiCore.Responder.Demo;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Campaigns.Crls;

/// <summary>
/// The disk for the CRLs is full again and again, and at times the publisher is started anew on it. What was published stays and is valid, health and log name the file
/// and the cause, nothing half-written takes the rest of the disk, and when there is room, the CRLs tell by themselves what was revoked meanwhile.
/// </summary>
internal sealed class CrlFullDiskCampaign(CampaignContext context) : Campaign
{
    private const int ClockFactor = 20;
    private const int Kilobytes = 1024;
    private const int FirstCertificates = 800;
    private const string Cause = "No space left on device";
    private const string Harmed = "harmed";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromSeconds(1);

    private readonly ScaledTimeProvider _clock = new(ClockFactor);
    private readonly Journal<IndexEntry> _journal = new(context.JournalPath);
    private readonly StringWriter _log = new();
    private DemoCa _ca = null!;
    private Issuer _issuer = null!;
    private ISigner? _signer;
    private LineLoggerFactory? _loggers;
    private SmallDisk? _disk;
    private string _root = "";
    private RevocationHistory _history = null!;
    private PublicationJudge _judge = null!;
    private PublicationReaders? _readers;
    private CrlPublisher? _publisher;
    private int _filled;
    private int _restarts;
    private TimeSpan _longestRecovery;

    public override string Progress => $"{_filled} times full, {_judge?.Publications} publications, {_judge?.Crls} CRLs judged, {Faults.Total} faults";

    public override IEnumerable<(string Name, string Value)> Figures =>
    [
        ("times full", $"{_filled}"),
        ("  and started anew", $"{_restarts}"),
        ("changes", $"{_history?.Changes}"),
        ("publications judged", $"{_judge?.Publications}"),
        ("CRLs judged", $"{_judge?.Crls}"),
        ("  delta CRLs", $"{_judge?.Deltas}"),
        ("pairs of base and delta", $"{_judge?.Pairs}"),
        ("files read by path", $"{_readers?.Files}"),
        ("folders read at once", $"{_readers?.Folders}"),
        ("longest from room to all told", $"{_longestRecovery.TotalMilliseconds:0} ms"),
    ];

    private IReadOnlyList<string> Problems => _publisher!.GetHealth().Problems;

    public override async Task ArrangeAsync(CancellationToken cancellationToken)
    {
        _ca = DemoCa.Create(Path.Combine(context.Folder, "ca"), new DemoCaOptions(), _clock);
        _issuer = Issuer.FromPemFile(_ca.CaPath);
        _signer = SoftwareSigner.FromPemFiles(_ca.CaPath, _ca.CaKeyPath);
        _loggers = new LineLoggerFactory(_log);
        _disk = await SmallDisk.MountAsync(Path.Combine(context.Folder, "disk"), Kilobytes, cancellationToken);
        _root = Path.Combine(_disk.Path, "crls");
        _history = new RevocationHistory(_ca, _journal, _clock);
        _history.AddMany(FirstCertificates);
        _history.HoldMany(FirstCertificates / 2, new Random(context.Seed));
        _judge = new PublicationJudge(_issuer.Certificate, _history, _clock, Faults);
        _readers = new PublicationReaders(_root, context.Seed, _judge, Faults);
        await StartAsync(cancellationToken);
        await WaitAsync("the first CRLs", IsAllTold, cancellationToken);
    }

    public override async Task DisturbAsync(Random random, CancellationToken cancellationToken)
    {
        _filled++;
        _history.Record("fill");
        long room = random.Next(2) == 0 ? 0 : random.NextInt64(LengthOfCompletes());
        await WaitAsync("the problem in the health record", () => IsSaidAfterChange(random, room), cancellationToken);
        await CheckWhileFullAsync(random, cancellationToken);
        _history.Change(random, random.Next(1, 10));
        _history.Record("clear");
        _disk!.Clear();
        TimeSpan duration = await WaitAsync("everything told after there was room", () => Problems.Count == 0 && IsAllTold(), cancellationToken);
        _longestRecovery = duration > _longestRecovery ? duration : _longestRecovery;
        CheckFolder();
    }

    public override async Task JudgeAsync(CancellationToken cancellationToken)
    {
        await _readers!.StopAsync();
        await _publisher!.DisposeAsync();
        Publication last = PublicationFolder.TryRead(_root)!;
        _judge.Judge(last, isLast: true);
        foreach (string difference in _judge.FindDifferences(last, _history.ReadJournal()))
        {
            Faults.Add(PublicationJudge.Wrong, difference);
        }

        CheckFolder();
        NoteSaid();
        string log = _log.ToString();
        if (!log.Contains($"were not published, and those before stay: {Cause} : '{_root}", StringComparison.Ordinal))
        {
            Faults.Add(Harmed, "the log does not say which file there was no room for");
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await (_readers?.DisposeAsync() ?? default);
        await (_publisher?.DisposeAsync() ?? default);
        await (_disk?.DisposeAsync() ?? default);
        await File.WriteAllTextAsync(Path.Combine(context.Folder, "publisher.log"), _log.ToString());
        _signer?.Dispose();
        _loggers?.Dispose();
        _issuer?.Certificate.Dispose();
        _journal.Dispose();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        _publisher = new CrlPublisher(_issuer, _signer!, new OpenSslIndexSource(_ca.IndexPath, _clock, s_pollInterval), CrlSetup.CreateOptions(_root, isEager: true, s_interval), _clock, _loggers);
        await _publisher.StartAsync(cancellationToken);
    }

    private async Task CheckWhileFullAsync(Random random, CancellationToken cancellationToken)
    {
        if (random.Next(3) == 0)
        {
            _restarts++;
            _history.Record("restart");
            await _publisher!.DisposeAsync();
            await StartAsync(cancellationToken);
            await WaitAsync("the problem in the health record of the next publisher", () => IsSaidAfterChange(random, 0), cancellationToken);
        }

        _disk!.Free(random.NextInt64(LengthOfCompletes())); // not enough
        _history.Change(random, random.Next(1, 40));
        string[] unclear = [.. Problems.Where(problem => problem.Contains(Cause, StringComparison.Ordinal) && !problem.Contains(_root, StringComparison.Ordinal))];
        if (unclear.Length > 0)
        {
            Faults.Add(Harmed, $"which file? {string.Join("; ", unclear)}");
        }

        if (PublicationFolder.TryRead(_root) is not { } publication)
        {
            Faults.Add(Harmed, "nothing is published on a full disk");
            return;
        }

        _judge.Judge(publication, isLast: true);
        await WaitAsync("nothing half-written on a full disk", () => Directory.EnumerateFiles(_root, "*.new").Sum(path => new FileInfo(path).Length) == 0, cancellationToken);
    }

    private void CheckFolder()
    {
        string[] names = [.. Directory.EnumerateFileSystemEntries(_root).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
        int folders = Directory.EnumerateDirectories(PublicationFolder.PublicationsOf(_root)).Count();
        if (folders > 3 || !names.Except(["current.new", "number.new"], StringComparer.Ordinal).SequenceEqual(["current", "number", "publications", "state"], StringComparer.Ordinal))
        {
            Faults.Add(Harmed, $"with room again there are {folders} publications and {string.Join(", ", names)}"); // one may be in the making
        }
    }

    /// <summary>A publication that was under way makes room when it is done, and is one more for which there has to be a reason.</summary>
    private bool IsSaidAfterChange(Random random, long room)
    {
        _disk!.Fill(room);
        _history.Change(random, random.Next(1, 10));
        return Problems.Any(problem => problem.Contains(Cause, StringComparison.Ordinal) && !problem.StartsWith("the state", StringComparison.Ordinal)); // that of the journal is another
    }

    private bool IsAllTold() => PublicationFolder.TryRead(_root) is { } publication && !_judge.FindDifferences(publication, _history.ReadJournal()).Any();

    /// <summary>With less room than that there is none for the next publication.</summary>
    private long LengthOfCompletes() => CrlSetup.Scopes.Sum(scope => new FileInfo(Path.Combine(PublicationFolder.CurrentOf(_root), scope.FileName)).Length);

    private void NoteSaid()
    {
        foreach ((string name, System.Numerics.BigInteger number) in PublisherRun.FindPublished(_log.ToString().Split('\n')))
        {
            _judge.NoteSaid(name, number);
        }

        _judge.CheckBases();
    }

    private async Task<TimeSpan> WaitAsync(string what, Func<bool> condition, CancellationToken cancellationToken)
    {
        try
        {
            return await Eventually.HoldsAsync(what, () => Task.FromResult(condition()), s_limit, cancellationToken);
        }
        catch (TimeoutException e)
        {
            string files = string.Join(", ", Directory.EnumerateFiles(_root).Select(path => $"{Path.GetFileName(path)} of {new FileInfo(path).Length} bytes"));
            Faults.Add(Harmed, $"{e.Message}; room {_disk!.Room}; {string.Join("; ", Problems)}; {files}");
            return s_limit;
        }
    }
}
