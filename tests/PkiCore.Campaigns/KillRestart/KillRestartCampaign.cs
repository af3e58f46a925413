using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Campaigns.Asking;
using PkiCore.Campaigns.Harness;
using PkiCore.Responder.Demo;
using PkiCore.X509;

namespace PkiCore.Campaigns.KillRestart;

/// <summary>
/// The host is killed while it signs and writes snapshots, and started again. Whatever it answers then is right: a revocation that a client has seen is
/// never undone, and one that was written while it was dead counts as soon as it is ready.
/// </summary>
internal sealed class KillRestartCampaign(CampaignContext context) : Campaign
{
    private const int FirstCertificates = 4000;
    private const int MaxCertificates = 30_000;
    private const int ReaderCount = 2;
    private const string Wrong = "wrong";
    private const string Undone = "undone";
    private const string Snapshot = "snapshot";
    private const string Unanswered = "not answered in the end";

    private static readonly TimeSpan s_longestLife = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMilliseconds(2500); // a snapshot is written every second, if anything has changed
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    private readonly Journal<KillEntry> _journal = new(context.JournalPath);
    private readonly string _snapshots = Directory.CreateDirectory(Path.Combine(context.Folder, "snapshots")).FullName;
    private readonly ConcurrentDictionary<string, CertificateFacts> _facts = new(StringComparer.Ordinal);
    private volatile CertificateFacts[] _certificates = [];
    private volatile CertificateFacts[] _revoked = [];
    private DemoCa _ca = null!;
    private Issuer _issuer = null!;
    private string _configuration = "";
    private volatile HostRun? _run;
    private Readers? _readers;
    private int _runs;
    private int _killedUnready;
    private int _killedWriting;
    private int _restored;
    private long _answers;
    private long _tryLater;

    public override string Progress => $"{_runs} kills, {Answers} answers verified, {_revoked.Length} revoked of {_certificates.Length}, {Faults.Total} faults";

    public override IEnumerable<(string Name, string Value)> Figures =>
    [
        ("kills", $"{_runs}"),
        ("  before it was ready", $"{_killedUnready}"),
        ("  while a snapshot was written", $"{_killedWriting}"),
        ("starts from a snapshot", $"{_restored}"),
        ("certificates", $"{_certificates.Length}"),
        ("revoked", $"{_revoked.Length}"),
        ("  seen so in an answer", $"{_revoked.Count(facts => facts.WasSeenRevoked)}"),
        ("answers verified", $"{Answers}"),
        ("tryLater", $"{_tryLater + (_run?.Asker.TryLater ?? 0)}"),
        (Undone, $"{Faults.Count(Undone)}"),
        (Wrong, $"{Faults.Count(Wrong)}"),
        (Snapshot, $"{Faults.Count(Snapshot)}"),
        (Unanswered, $"{Faults.Count(Unanswered)}"),
        (Asker.Unverifiable, $"{Faults.Count(Asker.Unverifiable)}"),
    ];

    private long Answers => _answers + (_run?.Asker.Answers ?? 0);

    public override Task ArrangeAsync(CancellationToken cancellationToken)
    {
        _ca = DemoCa.Create(Path.Combine(context.Folder, "ca"), new DemoCaOptions(), TimeProvider.System);
        _issuer = Issuer.FromPemFile(_ca.CaPath);
        _configuration = new ResponderConfiguration(Path.Combine(context.Folder, "responder.json"))
            .Add(_ca.CaPath, _ca.IndexPath, _ca.ResponderPath, _ca.ResponderKeyPath)
            .Set("Ocsp:Validity", "00:05:00")
            .Set("Ocsp:LiveTimeout", "00:00:10")
            .Set("Ocsp:SnapshotDirectory", _snapshots)
            .Set("Ocsp:SnapshotInterval", "00:00:01")
            .Write();
        AddMany(FirstCertificates);
        _readers = new Readers(ReaderCount, context.Seed, AskOnceAsync);
        return Task.CompletedTask;
    }

    public override async Task DisturbAsync(Random random, CancellationToken cancellationToken)
    {
        HostRun run = await HostRun.StartAsync(_runs + 1, _configuration, _issuer, Faults, cancellationToken);
        _run = run;
        TimeSpan life = s_longestLife * random.NextDouble();
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task watched = run.WatchAsync(s_longestLife, watching.Token);
        Task lived = Task.Delay(life, cancellationToken);
        while (!lived.IsCompleted)
        {
            RevokeSome(random.Next(1, 5), random);
            if (random.Next(4) == 0)
            {
                AddMany(random.Next(1, 300));
            }

            await Task.WhenAny(lived, Task.Delay(random.NextDouble() * 20 * s_pause, cancellationToken));
        }

        Record("kill", [], isDone: false);
        if (random.Next(2) == 0)
        {
            await WaitForWritingAsync(TimeSpan.FromMilliseconds(random.Next(40)), cancellationToken);
        }

        await run.KillAsync(cancellationToken);
        _runs++;
        await watching.CancelAsync();
        await watched.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default); // it may have met the end of the process
        await CloseAsync(run);
        if (random.Next(4) != 0)
        {
            RevokeSome(random.Next(1, 30), random);
            AddMany(random.Next(1, 300));
        }
    }

    public override async Task JudgeAsync(CancellationToken cancellationToken)
    {
        _run = await HostRun.StartAsync(_runs + 1, _configuration, _issuer, Faults, cancellationToken);
        await _run.WatchAsync(Eventually.DefaultLimit, cancellationToken);
        await _run.WaitUntilSignedAsync(cancellationToken);
        await _readers!.StopAsync();
        HashSet<string> revoked = [.. _journal.Read().Where(entry => entry is { Operation: "revoke", IsDone: true }).SelectMany(entry => entry.Serials)];
        foreach (string serial in revoked.TakeWhile(_ => Faults.Count(Unanswered) == 0))
        {
            await AskAsync(_run, _facts[serial], CertIdHash.Sha1, mustBeRevoked: true);
        }

        foreach (CertificateFacts facts in _certificates.Where(facts => !revoked.Contains(facts.Serial)).Take(1000).TakeWhile(_ => Faults.Count(Unanswered) == 0))
        {
            await AskAsync(_run, facts, CertIdHash.Sha256, mustBeRevoked: false);
        }

        int code = await _run.StopAsync(cancellationToken);
        await CloseAsync(_run);
        string[] files = [.. Directory.EnumerateFiles(_snapshots).Select(path => Path.GetFileName(path)).Where(name => !name.EndsWith(".lock", StringComparison.Ordinal))];
        if (code != 0 || files is not [var only] || !only.EndsWith(".table", StringComparison.Ordinal))
        {
            Faults.Add(Snapshot, $"after a clean end with exit code {code} there is {string.Join(", ", files)}");
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await (_readers?.DisposeAsync() ?? default);
        await (_run is null ? default : new ValueTask(CloseAsync(_run)));
        _issuer?.Certificate.Dispose();
        _journal.Dispose();
    }

    /// <summary>Waits until a snapshot has been written for so long, or is not going to be.</summary>
    private async Task WaitForWritingAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        while (!Directory.EnumerateFiles(_snapshots, "*.tmp").Any() && watch.Elapsed < s_longestWait)
        {
            await Task.Delay(1, cancellationToken);
        }

        await Task.Delay(delay, cancellationToken);
    }

    private async Task CloseAsync(HostRun run)
    {
        await File.WriteAllTextAsync(Path.Combine(context.Folder, $"responder-{run.Number}.log"), run.Output, CancellationToken.None);
        _run = null;
        _answers += run.Asker.Answers;
        _tryLater += run.Asker.TryLater;
        _killedUnready += run.IsReady ? 0 : 1;
        _killedWriting += Directory.EnumerateFiles(_snapshots, "*.tmp").Any() ? 1 : 0;
        _restored += run.Output.Contains("certificates from the snapshot", StringComparison.Ordinal) ? 1 : 0;
        foreach (string bad in new[] { "is not used:", "are damaged", "Unhandled exception", "could not be written" })
        {
            if (run.Output.Contains(bad, StringComparison.Ordinal))
            {
                Faults.Add(Snapshot, $"run {run.Number} says '{bad}'; see its log");
            }
        }

        await run.DisposeAsync();
    }

    private void AddMany(int count)
    {
        int room = Math.Min(count, MaxCertificates - _certificates.Length);
        if (room <= 0)
        {
            return;
        }

        Record("add", [], isDone: false);
        CertificateFacts[] added = [.. _ca.IssueMany(room).Select(serial => new CertificateFacts(serial, _runs + (_run is null ? 1 : 2)))];
        foreach (CertificateFacts facts in added)
        {
            _facts[facts.Serial] = facts;
        }

        _certificates = [.. _certificates, .. added];
        Record("add", [.. added.Select(facts => facts.Serial)], isDone: true);
    }

    private void RevokeSome(int count, Random random)
    {
        CertificateFacts[] all = _certificates;
        CertificateFacts[] chosen = [.. Enumerable.Range(0, count).Select(_ => all[random.Next(all.Length)]).Where(facts => !facts.IsRevocationBegun).DistinctBy(facts => facts.Serial)];
        string[] serials = [.. chosen.Select(facts => facts.Serial)];
        Record("revoke", serials, isDone: false);
        foreach (CertificateFacts facts in chosen)
        {
            facts.BeginRevocation();
        }

        _revoked = [.. _revoked, .. chosen];
        _ca.RevokeMany(serials, X509RevocationReason.KeyCompromise);
        Record("revoke", serials, isDone: true);
        foreach (CertificateFacts facts in chosen)
        {
            facts.EndRevocation(_runs + (_run is null ? 1 : 2)); // a run that is on need not have found it when it started
        }
    }

    private void Record(string operation, string[] serials, bool isDone) =>
        _journal.Append(new KillEntry(TimeProvider.System.GetUtcNow(), _runs + 1, operation, serials, isDone));

    private async Task AskOnceAsync(Random random, CancellationToken cancellationToken)
    {
        if (_run is not { } run)
        {
            await Task.Delay(s_pause, cancellationToken);
            return;
        }

        CertificateFacts[] among = _revoked is { Length: > 0 } revoked && random.Next(2) == 0 ? revoked : _certificates;
        CertIdHash hash = random.Next(10) switch
        {
            < 6 => CertIdHash.Sha1,
            < 9 => CertIdHash.Sha256,
            _ => CertIdHash.Sha384, // signed on demand
        };
        await AskAsync(run, among[random.Next(among.Length)], hash, mustBeRevoked: null);
    }

    /// <param name="run">Who is asked.</param>
    /// <param name="facts">The certificate.</param>
    /// <param name="hash">The hash of the CertID.</param>
    /// <param name="mustBeRevoked">Whether it has to be; <see langword="null"/> if that is not known.</param>
    private async Task AskAsync(HostRun run, CertificateFacts facts, CertIdHash hash, bool? mustBeRevoked)
    {
        Expectation expectation = facts.Expect(run.Number, run.IsReady);
        Answer? answer = await run.Asker.AskAsync(Question.Create(_issuer.Certificate, facts.Serial, hash), byGet: facts.Serial[^1] % 2 == 0, CancellationToken.None);
        if (answer is null || (answer.Standing is null && mustBeRevoked is null))
        {
            if (mustBeRevoked is not null)
            {
                Faults.Add(Unanswered, $"{facts.Serial} by {hash}"); // each question that a host leaves open takes long
            }

            return;
        }

        bool isRevoked = answer.Standing is { RevokedAt: not null };
        string what = $"{facts.Serial} by {hash} in run {run.Number}, ready {run.IsReady}, at {answer.Sent:O}: {answer.Standing?.ToString() ?? $"{answer.Status}"} as of {answer.ThisUpdate:O}";
        if (answer.Standing is { IsGood: true } && !expectation.MayBeGood)
        {
            Faults.Add(Undone, what);
        }

        if ((answer.Standing is { IsListed: false } && !expectation.MayBeUnlisted) || (isRevoked && !facts.IsRevocationBegun) || (mustBeRevoked is { } must && (isRevoked != must || answer.Standing is null)))
        {
            Faults.Add(Wrong, what);
        }

        if (answer.Standing is { IsListed: true })
        {
            facts.NoteSeen(isRevoked);
        }
    }
}
