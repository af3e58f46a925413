using System.Diagnostics;
using PkiCore.Campaigns.Asking;
using PkiCore.Campaigns.Harness;
using PkiCore.Responder.Demo;
using PkiCore.X509;

namespace PkiCore.Campaigns.IndexChurn;

/// <summary>
/// One CA whose index is rewritten all the time, in every good and bad way. A revocation that was visible for five seconds is answered, none is
/// ever undone, and no answer says what was not so when it says it was.
/// </summary>
internal sealed class IndexChurnCampaign(CampaignContext context) : Campaign
{
    private const int Certificates = 2000;
    private const int ReaderCount = 4;
    private const string Wrong = "wrong";
    private const string Lost = "lost";

    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(100);

    /// <summary>Long enough for a change to be overdue: as long as the file changes all the time, the next change helps with one that was missed.</summary>
    private static readonly TimeSpan s_quiet = CertificateHistory.Slack + TimeSpan.FromSeconds(1);

    /// <summary>So long nothing that was written may be answered in the end, before it counts as lost.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan s_finalPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeProvider s_timeProvider = TimeProvider.System;

    private readonly Journal<ChurnEntry> _journal = new(context.JournalPath);
    private readonly IntactClock _clock = new(s_timeProvider);
    private readonly ChurnHistory _history = new();
    private readonly Lock _measuring = new();
    private readonly SortedDictionary<string, int> _operations = new(StringComparer.Ordinal);
    private ServedCa _served = null!;
    private Asker _asker = null!;
    private Readers? _readers;
    private IndexLines _lines = null!;
    private IndexFile _file = null!;
    private IndexOperations _choices = null!;
    private int _operationCount;
    private TimeSpan _longestDelay;
    private long _delays;
    private long _unneededTryLater;

    public override string Progress => $"{Volatile.Read(ref _operationCount)} operations, {_asker.Answers} answers verified, {Faults.Total} faults";

    public override IEnumerable<(string Name, string Value)> Figures =>
    [
        ("operations", $"{_operationCount}"),
        .. _operations.Select(operation => ($"  {operation.Key}", $"{operation.Value}")),
        ("answers verified", $"{_asker?.Answers}"),
        ("tryLater", $"{_asker?.TryLater}"),
        ("  of certificates that did not change", $"{Interlocked.Read(ref _unneededTryLater)}"),
        ("changes seen in an answer", $"{_delays}"),
        ("longest from write to answer", $"{_longestDelay.TotalMilliseconds:0} ms"),
        (Wrong, $"{Faults.Count(Wrong)}"),
        (Lost, $"{Faults.Count(Lost)}"),
        (Asker.Unverifiable, $"{Faults.Count(Asker.Unverifiable)}"),
        (Asker.Transport, $"{Faults.Count(Asker.Transport)}"),
    ];

    public override async Task ArrangeAsync(CancellationToken cancellationToken)
    {
        _served = await ServedCa.StartAsync(context.Folder, Certificates, cancellationToken);
        _asker = new Asker(_served.Host.Url, _served.Issuer, Faults);
        _lines = new IndexLines(_served.Ca.ReadIndexLines());
        _file = new IndexFile(_served.Ca.IndexPath, _clock);
        await DoAsync(new IndexOperation("arrange", [.. _served.Serials.Select(serial => new StandingChange(serial, Standing.Good))]), () => Task.CompletedTask);
        foreach (string serial in _served.Serials.TakeWhile(_ => Faults.Total == 0))
        {
            await AskAsync(serial, CertIdHash.Sha1, byGet: false);
        }

        (_delays, _longestDelay) = (0, TimeSpan.Zero); // nothing has changed yet
        _choices = new IndexOperations(_lines, _history, _clock, s_timeProvider);
        _readers = new Readers(ReaderCount, context.Seed, AskOnceAsync);
    }

    public override async Task DisturbAsync(Random random, CancellationToken cancellationToken)
    {
        if (random.Next(30) == 0)
        {
            await DoAsync(new IndexOperation("hide the file"), () => _file.HideAsync(random, cancellationToken));
        }
        else
        {
            await DoAsync(_choices.Next(random), () => _file.WriteAsync(_lines.Text, random, cancellationToken));
        }

        await Task.Delay(random.Next(40) == 0 ? s_quiet : random.NextDouble() * s_longestPause, cancellationToken);
    }

    public override async Task JudgeAsync(CancellationToken cancellationToken)
    {
        await _readers!.StopAsync();
        await DoAsync(_choices.Mend(), () => _file.ReplaceAsync(_lines.Text, cancellationToken));
        var final = new Dictionary<string, Standing>(StringComparer.Ordinal);
        foreach (StandingChange change in _journal.Read().SelectMany(entry => entry.Changes))
        {
            final[change.Serial] = change.Standing;
        }

        var sinceProgress = Stopwatch.StartNew();
        while (final.Count > 0 && sinceProgress.Elapsed < s_patience)
        {
            foreach ((string serial, Standing standing) in final.ToList().TakeWhile(_ => sinceProgress.Elapsed < s_patience))
            {
                if ((await AskAsync(serial, CertIdHash.Sha256, byGet: true))?.Standing == standing)
                {
                    final.Remove(serial);
                    sinceProgress.Restart();
                }
            }

            await Task.Delay(s_finalPause, cancellationToken);
        }

        foreach ((string serial, Standing standing) in final)
        {
            Faults.Add(standing.RevokedAt is null ? Wrong : Lost, $"{serial} is {standing} by the journal, which is still not answered; {_history[serial]}");
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await (_readers?.DisposeAsync() ?? default);
        _asker?.Dispose();
        await (_served?.DisposeAsync() ?? default);
        _journal.Dispose();
    }

    private async Task DoAsync(IndexOperation operation, Func<Task> writeAsync)
    {
        Record(operation, isVisible: false);
        await writeAsync();
        Record(operation, isVisible: true);
        _operationCount++;
        _operations[operation.Name] = _operations.GetValueOrDefault(operation.Name) + 1;
    }

    /// <summary>Journal first, then the history that the readers judge by.</summary>
    private void Record(IndexOperation operation, bool isVisible)
    {
        Moment now = _clock.Now;
        var entry = new ChurnEntry(now.At, operation.Name, operation.Changes, isVisible);
        _journal.Append(entry);
        _history.Apply(entry, now);
    }

    private async Task AskOnceAsync(Random random, CancellationToken cancellationToken)
    {
        CertIdHash hash = random.Next(10) switch
        {
            < 5 => CertIdHash.Sha1,
            < 9 => CertIdHash.Sha256,
            _ => CertIdHash.Sha384, // signed on demand
        };
        bool byGet = random.Next(2) == 0;
        switch (random.Next(20))
        {
            case 0:
                await AskForUnlistedAsync(SerialNumbers.Next(), hash, byGet, cancellationToken);
                break;
            case < 10:
                await AskAsync(_history.PickUnanswered(random), hash, byGet);
                break;
            default:
                await AskAsync(_history.Pick(random), hash, byGet);
                break;
        }
    }

    private async Task AskForUnlistedAsync(string serial, CertIdHash hash, bool byGet, CancellationToken cancellationToken)
    {
        Answer? answer = await _asker.AskAsync(Question.Create(_served.Issuer.Certificate, serial, hash), byGet, cancellationToken);
        if (answer is { Standing: { IsListed: true } said })
        {
            Faults.Add(Wrong, $"{serial} was never issued, but {said} was answered");
        }
    }

    private async Task<Answer?> AskAsync(string serial, CertIdHash hash, bool byGet)
    {
        CertificateHistory certificate = _history[serial];
        Moment sent = _clock.Now;
        bool isSettled = certificate.IsSettled(sent);
        Answer? answer = await _asker.AskAsync(Question.Create(_served.Issuer.Certificate, serial, hash), byGet, CancellationToken.None);
        if (answer is null)
        {
            return answer;
        }

        if (certificate.FindFault(answer, sent, out TimeSpan? delay) is { } fault)
        {
            bool isLost = certificate.Current.RevokedAt is not null && answer.Standing is not { RevokedAt: not null };
            Faults.Add(isLost ? Lost : Wrong, $"{serial} by {hash} at {answer.Sent:O}: {fault}; {certificate}");
        }

        if (answer.Standing is null && isSettled)
        {
            Interlocked.Increment(ref _unneededTryLater);
        }

        if (delay is { } known)
        {
            _history.SetAnswered(serial);
            Measure(known);
        }

        return answer;
    }

    private void Measure(TimeSpan delay)
    {
        lock (_measuring)
        {
            _delays++;
            _longestDelay = delay > _longestDelay ? delay : _longestDelay;
        }
    }
}
