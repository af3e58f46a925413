using System.Diagnostics;
using PkiCore.Campaigns.Harness;
using PkiCore.Responder.Demo;
using PkiCore.X509;

namespace PkiCore.Campaigns.Crls;

/// <summary>
/// A process that publishes CRLs is killed at any moment, mostly while it publishes, and started again. What counts is always one whole publication, numbers and
/// times only go up, and what was revoked in the index or on a published CRL is on the next one.
/// </summary>
internal sealed class CrlKillCampaign : Campaign
{
    private const int FirstCertificates = 600;
    private const int MaxCertificates = 3000;
    private const string Harmed = "harmed";
    private const string Complaint = "complaint";

    private static readonly TimeSpan s_longestLife = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(4); // a CRL follows another after a second
    private static readonly TimeSpan s_longestPublication = TimeSpan.FromMilliseconds(60);
    private static readonly TimeSpan s_toolLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(60);

    private readonly CampaignContext _context;
    private readonly Journal<IndexEntry> _journal;
    private readonly string _root;
    private DemoCa _ca = null!;
    private Issuer _issuer = null!;
    private RevocationHistory _history = null!;
    private PublicationJudge _judge = null!;
    private PublicationReaders? _readers;
    private PublisherRun? _run;
    private int _runs;
    private int _killedPublishing;
    private int _killedUnread;
    private int _publicationsBefore;
    private string? _lastCurrent;
    private int _cutOff;
    private int _byOpenSsl;
    private bool _mayRefuse;

    public CrlKillCampaign(CampaignContext context)
    {
        _context = context;
        _journal = new Journal<IndexEntry>(context.JournalPath);
        _root = Path.Combine(context.Folder, "crls");
    }

    public override string Progress => $"{_runs} kills, {_judge?.Publications} publications, {_judge?.Crls} CRLs judged, {Faults.Total} faults";

    public override IEnumerable<(string Name, string Value)> Figures =>
    [
        ("kills", $"{_runs}"),
        ("  with a publication unfinished", $"{_killedPublishing}"),
        ("  before anything was published", $"{_killedUnread}"),
        ("journals with a frame cut short", $"{_cutOff}"),
        ("certificates", $"{_history?.Certificates.Count}"),
        ("changes", $"{_history?.Changes}"),
        ("publications judged", $"{_judge?.Publications}"),
        ("CRLs judged", $"{_judge?.Crls}"),
        ("  delta CRLs", $"{_judge?.Deltas}"),
        ("pairs of base and delta", $"{_judge?.Pairs}"),
        ("verified by OpenSSL", $"{_byOpenSsl}"),
        ("files read by path", $"{_readers?.Files}"),
        ("folders read at once", $"{_readers?.Folders}"),
    ];

    public override Task ArrangeAsync(CancellationToken cancellationToken)
    {
        _ca = DemoCa.Create(Path.Combine(_context.Folder, "ca"), new DemoCaOptions(), TimeProvider.System);
        _issuer = Issuer.FromPemFile(_ca.CaPath);
        _history = new RevocationHistory(_ca, _journal, TimeProvider.System);
        _history.AddMany(FirstCertificates);
        _history.HoldMany(FirstCertificates / 4, new Random(_context.Seed));
        _judge = new PublicationJudge(_issuer.Certificate, _history, TimeProvider.System, Faults);
        _readers = new PublicationReaders(_root, _context.Seed, _judge, Faults);
        return Task.CompletedTask;
    }

    public override async Task DisturbAsync(Random random, CancellationToken cancellationToken)
    {
        ChangeWhileDead(random);
        _history.Record("start");
        PublisherRun run = Start(isEager: random.Next(2) == 0);
        Task lived = Task.Delay(s_longestLife * random.NextDouble(), cancellationToken);
        while (!lived.IsCompleted)
        {
            ChangeSome(random);
            await Task.WhenAny(lived, Task.Delay(random.Next(200), cancellationToken));
        }

        _history.Record("kill");
        await AimAsync(random, run, cancellationToken);
        await run.KillAsync(cancellationToken);
        _runs++;
        await JudgeKilledAsync(run, random, cancellationToken);
    }

    public override async Task JudgeAsync(CancellationToken cancellationToken)
    {
        _history.Repent();
        _history.HoldOneMore(new Random(_context.Seed)); // so that there is a publication, which cleans up after the last kill
        PublisherRun run = Start(isEager: true);
        IReadOnlyDictionary<SerialNumber, RevocationStates> expected = _history.ReadJournal();
        await Eventually.HoldsAsync("everything is published", () => Task.FromResult(run.HasExited || (PublicationFolder.TryRead(_root) is { } known && !_judge.FindDifferences(known, expected).Any())), s_endLimit, cancellationToken)
            .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default); // what is missing is told below
        await _readers!.StopAsync();
        int code = await run.StopAsync(cancellationToken);
        await WriteLogAsync(run);
        JudgeSaid(run);
        if (PublicationFolder.TryRead(_root) is not { } last)
        {
            Faults.Add(Harmed, "in the end nothing is published");
            return;
        }

        _judge.Judge(last, isLast: true);
        _judge.CheckBases();
        foreach (string difference in _judge.FindDifferences(last, expected))
        {
            Faults.Add(PublicationJudge.Wrong, difference);
        }

        string[] names = [.. Directory.EnumerateFileSystemEntries(_root).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
        int folders = Directory.EnumerateDirectories(PublicationFolder.PublicationsOf(_root)).Count();
        if (code != 0 || folders > 2 || !names.SequenceEqual(["current", "number", "publications", "state"], StringComparer.Ordinal))
        {
            Faults.Add(Harmed, $"after a clean end with exit code {code} there are {folders} publications and {string.Join(", ", names)}");
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await (_run?.DisposeAsync() ?? default);
        await (_readers?.DisposeAsync() ?? default);
        _issuer?.Certificate.Dispose();
        _journal.Dispose();
    }

    private PublisherRun Start(bool isEager) => _run = PublisherRun.Start(PublishingProgram.CreateArguments(_root, _ca.IndexPath, _ca.CaPath, _ca.CaKeyPath, isEager));

    private void ChangeWhileDead(Random random)
    {
        _history.Repent();
        _mayRefuse = random.Next(3) == 0;
        if (_mayRefuse)
        {
            _history.Lie(random); // until the next start
        }

        if (random.Next(4) != 0)
        {
            _history.Change(random, random.Next(1, 40));
        }
    }

    private void ChangeSome(Random random)
    {
        _history.Change(random, random.Next(1, random.Next(10) == 0 ? 200 : 6));
        if (random.Next(6) == 0 && _history.Certificates.Count < MaxCertificates)
        {
            _history.AddMany(random.Next(1, 60));
        }
    }

    /// <summary>Any moment, or one in the midst of a publication or shortly after it.</summary>
    private async Task AimAsync(Random random, PublisherRun run, CancellationToken cancellationToken)
    {
        int aim = random.Next(5);
        if (aim == 0)
        {
            return;
        }

        _history.Change(random, 3);
        string? current = PublicationFolder.FindCurrent(_root);
        HashSet<string> before = [.. ListPublications()];
        var watch = Stopwatch.StartNew();
        bool isReached = false;
        while (watch.Elapsed < s_longestWait && !run.HasExited && !isReached)
        {
            await Task.Yield();
            string? now = PublicationFolder.FindCurrent(_root);
            if (now is null && current is not null)
            {
                Faults.Add(Harmed, $"for a moment nothing counts after {current}");
            }

            isReached = aim <= 2 ? now != current : ListPublications().Any(name => !before.Contains(name));
        }

        long begun = Stopwatch.GetTimestamp();
        TimeSpan delay = s_longestPublication * Math.Pow(random.NextDouble(), 2); // mostly short
        while (Stopwatch.GetElapsedTime(begun) < delay)
        {
            Thread.SpinWait(50); // a timer is too coarse
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task JudgeKilledAsync(PublisherRun run, Random random, CancellationToken cancellationToken)
    {
        await WriteLogAsync(run);
        JudgeSaid(run);
        await run.DisposeAsync();
        _run = null;
        string? current = PublicationFolder.FindCurrent(_root);
        if (current is null && _lastCurrent is not null)
        {
            Faults.Add(Harmed, $"nothing counts, and {_lastCurrent} did");
        }

        _lastCurrent = current;
        string[] publications = ListPublications();
        int most = Math.Max(3, _publicationsBefore + 1); // a kill leaves one more at most; a publication that ends leaves two
        _publicationsBefore = publications.Length;
        if (publications.Length > most || Directory.Exists(_root) && Directory.EnumerateFiles(_root, "*.new").Count() > 3)
        {
            Faults.Add(Harmed, $"there were to be {most} publications at most, and there are {string.Join(", ", Directory.EnumerateFileSystemEntries(_root).Concat(publications))}");
        }

        if (current is null)
        {
            _killedUnread++;
            return;
        }

        _killedPublishing += publications.Any(name => string.CompareOrdinal(name, current) > 0) ? 1 : 0;
        foreach (string name in publications.Where(name => string.CompareOrdinal(name, current) > 0))
        {
            _judge.NoteUnfinished(Path.Combine(PublicationFolder.PublicationsOf(_root), name));
        }

        Publication publication = PublicationFolder.TryRead(_root) ?? throw new InvalidDataException($"{current} counts, and cannot be read");
        _judge.Judge(publication, isLast: true);
        _judge.CheckBases();
        await VerifyByOpenSslAsync(publication, random, cancellationToken);
    }

    /// <summary>What it said it has published is a base for delta CRLs; what it complains of is a fault, but for what a kill explains.</summary>
    private void JudgeSaid(PublisherRun run)
    {
        foreach ((string name, System.Numerics.BigInteger number) in run.Published)
        {
            _judge.NoteSaid(name, number);
        }

        foreach (string complaint in run.Complaints)
        {
            bool isCutOff = complaint.Contains("are not whole and were cut off", StringComparison.Ordinal);
            _cutOff += isCutOff ? 1 : 0;
            if (!isCutOff && !(_mayRefuse && complaint.Contains("are no longer revoked in the source", StringComparison.Ordinal)))
            {
                Faults.Add(Complaint, $"run {_runs}: {complaint}");
            }
        }
    }

    private async Task VerifyByOpenSslAsync(Publication publication, Random random, CancellationToken cancellationToken)
    {
        string name = publication.Files.Keys.Order(StringComparer.Ordinal).ElementAt(random.Next(publication.Files.Count));
        ToolResult result = await ToolProcess.RunAsync(
            RequiredTool.OpenSsl, ["crl", "-inform", "DER", "-in", Path.Combine(PublicationFolder.CurrentOf(_root), name), "-noout", "-verify", "-CAfile", _ca.CaPath], s_toolLimit, cancellationToken);
        _byOpenSsl++;
        if (result.ExitCode != 0 || !result.Error.Contains("verify OK", StringComparison.Ordinal))
        {
            Faults.Add(PublicationJudge.Unreadable, $"{publication.Name}/{name} by OpenSSL: {result}");
        }
    }

    private string[] ListPublications()
    {
        string path = PublicationFolder.PublicationsOf(_root);
        return Directory.Exists(path) ? [.. Directory.EnumerateDirectories(path).Select(folder => Path.GetFileName(folder)!)] : [];
    }

    private Task WriteLogAsync(PublisherRun run) => File.WriteAllLinesAsync(Path.Combine(_context.Folder, $"publisher-{_runs}.log"), run.Lines, CancellationToken.None);
}
