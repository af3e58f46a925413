using System.Diagnostics;
using PkiCore.LoadTest.Injection;
using PkiCore.LoadTest.Reports;
using PkiCore.LoadTest.Scenarios.Hosts;
using PkiCore.X509;

namespace PkiCore.LoadTest.Scenarios.Disturbances;

/// <summary>Requests of another kind, at a rate of their own.</summary>
/// <param name="scenario">What is sent, for as long as the disturbance lasts.</param>
/// <param name="issuer">The CA.</param>
/// <param name="serials">What is asked for.</param>
/// <param name="judge">Makes the figures of the counters, the seconds that it took, and how many requests were to be sent in that time.</param>
internal sealed class OtherRequests(Scenario scenario, Issuer issuer, SerialNumber[] serials, Func<Counters, double, double, IReadOnlyDictionary<string, double>> judge) : IDisturbance
{
    private const double NonceShare = 0.01;

    private static readonly TimeSpan s_longEnough = TimeSpan.FromHours(1);

    private RunResult? _result;
    private Beside? _running;
    private long _begun;

    /// <summary>One request with a nonce for every hundred hits.</summary>
    public static OtherRequests NoncesBeside(Surroundings surroundings)
    {
        Scenario scenario = surroundings.Hits with
        {
            Rate = surroundings.Hits.Rate * NonceShare,
            Nonce = true,
            GetShare = 0,
            Connections = 4,
            IsPunctual = false,
            Ramp = default,
            WarmUp = default,
            Duration = s_longEnough,
            Seed = ~surroundings.Hits.Seed,
        };
        return new OtherRequests(scenario, surroundings.Host.Issuer, surroundings.Host.Serials, (counters, seconds, asked) =>
        {
            // The last ones may have been on their way.
            DisturbanceException.ThrowUnless(
                counters.NoncesAnswered == counters.Successful && counters.NoncesAnswered >= (surroundings.Settings.LeastDone * asked) - 1,
                $"Of {asked:0} requests with a nonce, {counters.Successful} were answered, {counters.NoncesAnswered} with the nonce.");
            return new Dictionary<string, double>(StringComparer.Ordinal)
            {
                ["nonces answered per second"] = counters.NoncesAnswered / seconds,
                ["nonce p50 ms"] = counters.Latency.Percentile(50) / 1e6,
                ["nonce p99 ms"] = counters.Latency.Percentile(99) / 1e6,
            };
        });
    }

    public IReadOnlyDictionary<string, long> Errors =>
        RunFigures.Of(_result!).Errors.ToDictionary(error => $"{error.Key} (other requests)", error => error.Value, StringComparer.Ordinal);

    public Task BeginAsync(CancellationToken cancellationToken)
    {
        _begun = Stopwatch.GetTimestamp();
        _running = new Beside(stop => _result = LoadRun.Run(scenario, issuer, serials, progress: null, stop));
        return Task.CompletedTask;
    }

    public async Task<IReadOnlyDictionary<string, double>> EndAsync(CancellationToken cancellationToken)
    {
        double seconds = Stopwatch.GetElapsedTime(_begun).TotalSeconds;
        await _running!.EndAsync();

        return judge(_result!.Counters, seconds, seconds * scenario.Rate);
    }

    public void Dispose() => _running?.Dispose();
}
