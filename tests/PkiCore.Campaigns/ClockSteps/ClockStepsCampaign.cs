using PkiCore.Campaigns.Asking;
using PkiCore.Campaigns.Harness;
using PkiCore.Campaigns.Library;
using PkiCore.Campaigns.TableChurn;
using PkiCore.Responder.Demo;
using PkiCore.Serving;
using PkiCore.X509;

namespace PkiCore.Campaigns.ClockSteps;

/// <summary>
/// The clock is set forward and back while the source tells changes. By the responder's clock no answer has expired or is from the future, what was
/// acknowledged to be revoked is never answered otherwise, and once the clock is right again everything gets signed ahead.
/// </summary>
internal sealed class ClockStepsCampaign(CampaignContext context) : Campaign
{
    private const int Certificates = 300;
    private const int ReaderCount = 2;
    private const int StepsToRecover = 1500; // of a second each: on a busy machine threads hardly come on in one
    private const int StepsBeforePatience = 100;
    private const string Wrong = "wrong";
    private const string Stuck = "stuck";

    private static readonly TimeSpan s_sourceInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_realPause = TimeSpan.FromMilliseconds(5); // for threads that the clock does not move
    private static readonly TimeSpan s_patientPause = TimeSpan.FromMilliseconds(50); // a minute in all, before anything counts as stuck

    private readonly ManualTimeProvider _clock = new(TimeProvider.System.GetUtcNow());
    private readonly Journal<HistoryEntry> _journal = new(context.JournalPath);
    private readonly SortedDictionary<string, int> _operations = new(StringComparer.Ordinal);
    private StatusHistory _history = null!;
    private TableDisturbances _disturbances = null!;
    private HistorySource _source = null!;
    private LibrarySigners _signers = null!;
    private Issuer _issuer = null!;
    private OcspResponder _responder = null!;
    private LibraryAsker _asker = null!;
    private Readers? _readers;
    private DateTimeOffset _startedAt; // the right time is that, and what has elapsed
    private long _startTimestamp;
    private int _operationCount; // the progress is told by another thread
    private int _clockSteps;
    private int _longestRecovery;

    public override string Progress => $"{Volatile.Read(ref _operationCount)} operations, {_asker.Answers} answers verified, {Faults.Total} faults";

    public override IEnumerable<(string Name, string Value)> Figures =>
    [
        .. _operations.Select(operation => (operation.Key, $"{operation.Value}")),
        ("answers verified", $"{_asker?.Answers}"),
        ("  asked for a live signature", $"{_asker?.Live}"),
        ("tryLater", $"{_asker?.TryLater}"),
        ("longest until all was signed", $"{_longestRecovery} s"),
        (Wrong, $"{Faults.Count(Wrong)}"),
        (Asker.Unverifiable, $"{Faults.Count(Asker.Unverifiable)}"),
        (Stuck, $"{Faults.Count(Stuck)}"),
    ];

    public override async Task ArrangeAsync(CancellationToken cancellationToken)
    {
        var ca = DemoCa.Create(Path.Combine(context.Folder, "ca"), new DemoCaOptions(), TimeProvider.System);
        _issuer = Issuer.FromPemFile(ca.CaPath);
        _signers = new LibrarySigners(ca);
        _history = new StatusHistory(_journal, _clock);
        _disturbances = new TableDisturbances(_history, _clock);
        (_startedAt, _startTimestamp) = (_clock.GetUtcNow(), _clock.GetTimestamp());
        for (int days = 0; days < Certificates; days++)
        {
            _disturbances.AddMany(1, TimeSpan.FromDays(1 + (days * 3))); // a step of years makes some expire for a while, and some not
        }

        _source = new HistorySource(_history, _clock, s_sourceInterval);
        _responder = new OcspResponder(new OcspResponderOptions { Validity = TimeSpan.FromMinutes(30), LiveTimeout = TimeSpan.FromSeconds(10) }, _clock);
        _responder.AddIssuer(_issuer, _signers.Next(), _source);
        _asker = new LibraryAsker(_responder, _issuer, _clock, Faults, () => Volatile.Read(ref _clockSteps));
        await _responder.StartAsync(cancellationToken);
        await RecoverAsync(cancellationToken);
        _readers = new Readers(ReaderCount, context.Seed, AskOnceAsync);
    }

    public override async Task DisturbAsync(Random random, CancellationToken cancellationToken)
    {
        string operation;
        switch (random.Next(20))
        {
            case < 5:
                operation = "changes";
                _disturbances.ChangeStatus(random, random.Next(1, 20));
                break;
            case < 6:
                operation = "added";
                _disturbances.AddMany(random.Next(1, 10), TimeSpan.FromDays(random.Next(1, 900)));
                break;
            case < 7:
                operation = "source out of reach or back";
                _source.IsReachable = !_source.IsReachable;
                break;
            case < 8:
                operation = "source tells all again";
                _source.Restart();
                break;
            case < 9:
                operation = "clock right again";
                await RecoverAsync(cancellationToken);
                break;
            default:
                operation = "clock set";
                Step(_clock.GetUtcNow() + RandomStep(random));
                break;
        }

        _operations[operation] = _operations.GetValueOrDefault(operation) + 1;
        _operationCount++;
        for (int count = random.Next(4); count > 0; count--)
        {
            await AdvanceAsync(TimeSpan.FromSeconds(random.NextDouble() * 3), cancellationToken);
        }
    }

    public override async Task JudgeAsync(CancellationToken cancellationToken)
    {
        await AdvanceUntilAsync(_readers!.StopAsync());
        await RecoverAsync(cancellationToken);
        Dictionary<string, HistoryEntry> final = new(StringComparer.Ordinal);
        foreach (HistoryEntry entry in _journal.Read())
        {
            final[entry.Serial] = entry;
        }

        foreach ((string serial, HistoryEntry entry) in final)
        {
            Answer? answer = await _asker.AskAsync(Question.Create(_issuer.Certificate, serial, CertIdHash.Sha256), mayWait: false);
            bool isRight = entry.NotAfter < _clock.GetUtcNow() ? answer?.Standing == Standing.Unlisted : answer?.Standing == entry.Standing;
            if (!isRight)
            {
                Faults.Add(Wrong, $"{serial} is {entry} by the journal, but in the end {answer?.Standing?.ToString() ?? "nothing"} was answered");
            }
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await AdvanceUntilAsync(_readers?.DisposeAsync().AsTask() ?? Task.CompletedTask);
        await AdvanceUntilAsync(_responder?.DisposeAsync().AsTask() ?? Task.CompletedTask);
        _signers?.Dispose();
        _issuer?.Certificate.Dispose();
        _journal.Dispose();
    }

    private static TimeSpan RandomStep(Random random)
    {
        TimeSpan unit = random.Next(5) switch
        {
            0 => TimeSpan.FromSeconds(1),
            1 => TimeSpan.FromMinutes(1),
            2 => TimeSpan.FromHours(1),
            3 => TimeSpan.FromDays(1),
            _ => TimeSpan.FromDays(100),
        };
        return unit * ((random.NextDouble() * 30) - 15);
    }

    /// <summary>Sets the clock; questions that are asked meanwhile may be answered by either time.</summary>
    private void Step(DateTimeOffset to)
    {
        Interlocked.Increment(ref _clockSteps);
        DateTimeOffset earliest = _startedAt.AddYears(-5), latest = _startedAt.AddYears(5);
        _clock.StepUtcNow(to < earliest ? earliest : to > latest ? latest : to);
        Interlocked.Increment(ref _clockSteps);
    }

    private async Task AdvanceAsync(TimeSpan by, CancellationToken cancellationToken)
    {
        _clock.Advance(by);
        await Task.Delay(s_realPause, cancellationToken);
    }

    /// <summary>Whoever waits for a signature, or for somebody's end, waits by this clock.</summary>
    private async Task AdvanceUntilAsync(Task ended)
    {
        while (!ended.IsCompleted)
        {
            await AdvanceAsync(TimeSpan.FromSeconds(1), CancellationToken.None);
        }

        await ended;
    }

    /// <summary>Sets the clock right, and goes on until everything is signed.</summary>
    private async Task RecoverAsync(CancellationToken cancellationToken)
    {
        _source.IsReachable = true;
        Step(_startedAt + _clock.GetElapsedTime(_startTimestamp));
        for (int step = 0; step < StepsToRecover; step++)
        {
            await AdvanceAsync(TimeSpan.FromSeconds(1), cancellationToken);
            await Task.Delay(step < StepsBeforePatience ? s_realPause : s_patientPause, cancellationToken);
            if (_source.Known == _history.Length && FindUnsigned() is null)
            {
                _longestRecovery = Math.Max(_longestRecovery, step + 1);
                return;
            }
        }

        IssuerHealth health = _responder.GetHealth().Issuers[0];
        Faults.Add(Stuck, $"{FindUnsigned()?.ToString() ?? "a change"}: {health}, {string.Join("; ", health.Problems)}; known {_source.Known} of {_history.Length}, {_clock.GetUtcNow():O}");
    }

    private HistoryEntry? FindUnsigned()
    {
        byte[] reply = new byte[_responder.MaxResponseLength];
        foreach (string serial in _history.Serials)
        {
            if (_responder.Answer(Question.Create(_issuer.Certificate, serial, CertIdHash.Sha1).Encoded, reply).Outcome is OcspOutcome.NeedsSignature or OcspOutcome.TryLater)
            {
                return _history[serial][^1];
            }
        }

        return null;
    }

    private async Task AskOnceAsync(Random random, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> serials = _history.Serials;
        string serial = serials[random.Next(serials.Count)];
        Question question = Question.Create(_issuer.Certificate, serial, random.Next(2) == 0 ? CertIdHash.Sha1 : CertIdHash.Sha256);
        int known = _source.Known;
        Answer? answer = await _asker.AskAsync(question, mayWait: random.Next(4) == 0);
        if (answer is not null && _history.FindFault(serial, answer, known, _history.Length, isSteady: false) is { } fault)
        {
            Faults.Add(Wrong, $"{serial}: {fault}");
        }
    }
}
