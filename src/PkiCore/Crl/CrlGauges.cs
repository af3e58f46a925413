using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace PkiCore.Crl;

/// <summary>What the gauges tell of one publisher.</summary>
/// <param name="Issuer">The tag.</param>
/// <param name="GetHealth">How its CRLs are.</param>
/// <param name="TimeProvider">Its clock.</param>
internal sealed record ObservedPublisher(KeyValuePair<string, object?> Issuer, Func<CrlHealth> GetHealth, TimeProvider TimeProvider);

/// <summary>The gauges of all publishers that share a meter. A meter never lets go of a gauge: so each is made once, however many publishers come and go.</summary>
internal sealed class CrlGauges
{
    private static readonly Lock s_making = new();
    private static readonly ConditionalWeakTable<Meter, CrlGauges> s_all = [];

    private readonly ConcurrentDictionary<CrlMetrics, ObservedPublisher> _publishers = [];

    private CrlGauges(Meter meter)
    {
        meter.CreateObservableGauge("pkicore.crl.entries", () => Observe<long>((health, _) => health.Revoked), "{certificate}", "Revoked certificates on the complete CRLs that are to be published next.");
        meter.CreateObservableGauge("pkicore.crl.oldest_age", () => Observe((health, now) => (now - health.OldestThisUpdate)?.TotalSeconds), "s", "Age of the oldest CRL that is published.");
        meter.CreateObservableGauge("pkicore.crl.next_expiry", () => Observe((health, now) => (health.FirstNextUpdate - now)?.TotalSeconds), "s", "Time until the first of the published CRLs expires.");
        meter.CreateObservableGauge("pkicore.crl.problems", () => Observe<int>((health, _) => health.Problems.Count), "{problem}", "Problems that need an operator.");
    }

    public static CrlGauges Of(Meter meter)
    {
        lock (s_making)
        {
            if (!s_all.TryGetValue(meter, out CrlGauges? gauges))
            {
                gauges = new CrlGauges(meter);
                s_all.Add(meter, gauges);
            }

            return gauges;
        }
    }

    public void Add(CrlMetrics key, ObservedPublisher publisher) => _publishers[key] = publisher;

    public void Remove(CrlMetrics key) => _publishers.TryRemove(key, out _);

    private List<Measurement<T>> Observe<T>(Func<CrlHealth, DateTimeOffset, T?> read)
        where T : struct
    {
        var measurements = new List<Measurement<T>>();
        foreach (ObservedPublisher publisher in _publishers.Values)
        {
            if (read(publisher.GetHealth(), publisher.TimeProvider.GetUtcNow()) is { } value)
            {
                measurements.Add(new Measurement<T>(value, publisher.Issuer));
            }
        }

        return measurements;
    }
}
