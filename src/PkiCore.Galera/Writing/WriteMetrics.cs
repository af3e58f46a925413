using System.Diagnostics.Metrics;
using PkiCore.Galera.Cluster;

namespace PkiCore.Galera.Writing;

/// <summary>The metrics of a store, on the meter <c>PkiCore.Galera</c>.</summary>
internal sealed class WriteMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _operations;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _unknown;
    private readonly Histogram<double> _duration;
    private readonly Histogram<int> _batchSize;

    public WriteMetrics(IMeterFactory? meterFactory)
    {
        _meter = meterFactory?.Create(ClusterMetrics.MeterName) ?? new Meter(ClusterMetrics.MeterName);
        _operations = _meter.CreateCounter<long>("pkicore.galera.write.operations", "{operation}", "Operations by what became of them.");
        _retries = _meter.CreateCounter<long>("pkicore.galera.write.retries", "{transaction}", "Transactions that were tried again: others were first, or the node had trouble.");
        _unknown = _meter.CreateCounter<long>("pkicore.galera.write.unknown_outcomes", "{operation}", "Operations whose outcome was not known at first; they were sent again.");
        _duration = _meter.CreateHistogram("pkicore.galera.write.duration", "s", "Time that a transaction took, from its first statement to its commit.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5] });
        _batchSize = _meter.CreateHistogram("pkicore.galera.write.batch_size", "{operation}", "Operations in a transaction.",
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] });
    }

    public void Ended(string issuer, IEnumerable<RevocationResult> results)
    {
        foreach (IGrouping<RevocationOutcome, RevocationResult> group in results.GroupBy(result => result.Outcome))
        {
            Ended(issuer, group.Key.ToString(), group.Count());
        }
    }

    public void Failed(string issuer, int count) => Ended(issuer, "Failed", count);

    public void Retried(string issuer, WriteFaultKind reason) => _retries.Add(1, Tag("issuer", issuer), Tag("reason", reason.ToString()));

    public void OutcomeUnknown(string issuer, int count) => _unknown.Add(count, Tag("issuer", issuer));

    public void Committed(string issuer, int count, TimeSpan duration)
    {
        _duration.Record(duration.TotalSeconds, Tag("issuer", issuer));
        _batchSize.Record(count, Tag("issuer", issuer));
    }

    public void Dispose() => _meter.Dispose();

    private void Ended(string issuer, string outcome, int count) => _operations.Add(count, Tag("issuer", issuer), Tag("outcome", outcome));

    private static KeyValuePair<string, object?> Tag(string name, string value) => KeyValuePair.Create<string, object?>(name, value);
}
