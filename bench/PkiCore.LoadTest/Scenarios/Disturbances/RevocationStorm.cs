using System.Diagnostics;
using System.Net.Sockets;
using PkiCore.LoadTest.Scenarios.Hosts;
using PkiCore.Ocsp;

namespace PkiCore.LoadTest.Scenarios.Disturbances;

/// <summary>A thousand certificates are revoked each second. Two seconds after each change a part of them is asked for.</summary>
internal sealed class RevocationStorm(Surroundings surroundings) : IDisturbance
{
    private const int PerSecond = 1_000;
    private const int AskEvery = 10;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_reaction = TimeSpan.FromSeconds(2);

    private readonly RevokedIndex _index = ((FileHost)surroundings.Host).Authority.Revocations;
    private readonly PlainRequests _requests = new(surroundings.Host.Process.Url, surroundings.Host.Issuer);
    private Beside? _running;
    private long _begun;
    private int _before;
    private int _asked;
    private int _answered;

    /// <summary>How many certificates all turns use up, and as many again.</summary>
    public static int CertificatesFor(ScenarioSettings settings) =>
        2 * PerSecond * settings.Turns * (int)Math.Ceiling((settings.Length + settings.WarmUp + s_reaction) / s_interval);

    public Task BeginAsync(CancellationToken cancellationToken)
    {
        (_before, _asked, _answered, _begun) = (_index.Revoked, 0, 0, Stopwatch.GetTimestamp());
        _running = new Beside(Run);
        return Task.CompletedTask;
    }

    public async Task<IReadOnlyDictionary<string, double>> EndAsync(CancellationToken cancellationToken)
    {
        double meant = PerSecond * Stopwatch.GetElapsedTime(_begun) / s_interval;
        await _running!.EndAsync();

        int revoked = _index.Revoked - _before;
        double least = surroundings.Settings.LeastDone;
        DisturbanceException.ThrowUnless(
            revoked >= least * meant && _answered >= least * _asked,
            $"{revoked} certificates of {meant:0} were revoked; {_answered} of {_asked} that were asked for were answered 'revoked' two seconds later.");
        return new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["revoked"] = revoked,
            ["asked for 2 s later"] = _asked,
            ["answered revoked by then"] = _answered,
        };
    }

    public void Dispose() => _running?.Dispose();

    private void Run(CancellationToken stop)
    {
        using Socket connection = PlainConnection.Open(surroundings.Host.Process.Url);
        var changes = new Queue<(TimeSpan AskAt, int First)>();
        for (TimeSpan changeAt = default; !stop.IsCancellationRequested || changes.Count > 0;)
        {
            bool isChange = !stop.IsCancellationRequested && (changes.Count == 0 || changeAt <= changes.Peek().AskAt);
            TimeSpan wait = (isChange ? changeAt : changes.Peek().AskAt) - Stopwatch.GetElapsedTime(_begun);
            if (wait > TimeSpan.Zero)
            {
                // Asking is not called off: it waits for its time although no more changes come.
                (isChange ? stop : CancellationToken.None).WaitHandle.WaitOne(wait);
            }
            else if (isChange)
            {
                changes.Enqueue((Stopwatch.GetElapsedTime(_begun) + s_reaction, _index.Revoked));
                _index.Revoke(PerSecond);
                changeAt += s_interval;
            }
            else
            {
                Ask(connection, changes.Dequeue().First);
            }
        }
    }

    private void Ask(Socket connection, int first)
    {
        for (int i = first; i < first + PerSecond; i += AskEvery)
        {
            OcspResponse answer = _requests.Ask(connection, _index.SerialAt(i));
            _asked++;
            _answered += answer.Responses is [{ Status: OcspCertificateStatus.Revoked }] ? 1 : 0;
        }
    }
}
