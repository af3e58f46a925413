using System.Diagnostics;
using PkiCore.LoadTest.Injection;
using PkiCore.LoadTest.Reports;

namespace PkiCore.LoadTest.Scenarios.Disturbances;

/// <summary>One request with a nonce for every hundred hits.</summary>
internal sealed class Nonces(Surroundings surroundings) : IDisturbance
{
    private const double Share = 0.01;

    private readonly Scenario _scenario = surroundings.Hits with
    {
        Rate = surroundings.Hits.Rate * Share,
        Nonce = true,
        GetShare = 0,
        Connections = 4,
        IsPunctual = false,
        Ramp = default,
        WarmUp = default,
        Duration = TimeSpan.FromHours(1), // until it is ended
        Seed = ~surroundings.Hits.Seed,
    };

    private RunResult? _result;
    private Beside? _running;
    private long _begun;

    public IReadOnlyDictionary<string, long> Errors =>
        RunFigures.Of(_result!).Errors.ToDictionary(error => $"{error.Key} (nonces)", error => error.Value, StringComparer.Ordinal);

    public Task BeginAsync(CancellationToken cancellationToken)
    {
        _begun = Stopwatch.GetTimestamp();
        _running = new Beside(stop => _result = LoadRun.Run(_scenario, surroundings.Host.Issuer, surroundings.Host.Serials, progress: null, stop));
        return Task.CompletedTask;
    }

    public async Task<IReadOnlyDictionary<string, double>> EndAsync(CancellationToken cancellationToken)
    {
        double seconds = Stopwatch.GetElapsedTime(_begun).TotalSeconds;
        await _running!.EndAsync();

        double asked = seconds * _scenario.Rate;
        Counters counters = _result!.Counters;

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
    }

    public void Dispose() => _running?.Dispose();
}
