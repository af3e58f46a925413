using System.Buffers;
using System.Diagnostics.Metrics;

namespace PkiCore.Responder.Telemetry;

/// <summary>
/// Keeps the measurements of the named meters and renders them for Prometheus. It listens to
/// <see cref="System.Diagnostics.Metrics"/> itself: a page of text needs no more than that.
/// </summary>
internal sealed class PrometheusExporter : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly MeterListener _listener = new();
    private readonly SortedDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly Lock _familiesGate = new();
    private readonly Lock _scrape = new();
    private readonly HashSet<string> _meters;
    private readonly int _maxSeries;
    private long _failedCollections;
    private long _conflicts;

    public PrometheusExporter(IEnumerable<string> meterNames, int maxSeriesPerInstrument = 1000)
    {
        _meters = meterNames.ToHashSet(StringComparer.Ordinal);
        _maxSeries = maxSeriesPerInstrument;
        _listener.InstrumentPublished = OnPublished;
        _listener.SetMeasurementEventCallback<byte>(static (_, value, tags, state) => Family(state).Record((long)value, tags));
        _listener.SetMeasurementEventCallback<short>(static (_, value, tags, state) => Family(state).Record((long)value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => Family(state).Record((long)value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => Family(state).Record(value, tags));
        _listener.SetMeasurementEventCallback<float>(static (_, value, tags, state) => Family(state).Record((double)value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => Family(state).Record(value, tags));
        _listener.SetMeasurementEventCallback<decimal>(static (_, value, tags, state) => Family(state).Record((double)value, tags));
        _listener.Start();
    }

    /// <summary>Collects the observable instruments and writes the page.</summary>
    public void Render(IBufferWriter<byte> output)
    {
        var writer = new PrometheusWriter(output);
        // One at a time: a second scrape would clear what the first has just observed.
        lock (_scrape)
        {
            MetricFamily[] families = Snapshot();
            Collect(families);
            foreach (MetricFamily family in families)
            {
                family.Write(writer);
            }

            WriteOwn(writer, families);
        }
    }

    public void Dispose() => _listener.Dispose();

    private static MetricFamily Family(object? state) => (MetricFamily)state!;

    private void OnPublished(Instrument instrument, MeterListener listener)
    {
        if (!_meters.Contains(instrument.Meter.Name) || MetricKinds.Of(instrument) is not { } kind)
        {
            return;
        }

        string name = PrometheusName.ForMetric(instrument.Name, instrument.Unit, kind);
        MetricFamily? family;
        lock (_familiesGate)
        {
            // Instruments of one name share a family: a name twice on a page makes Prometheus refuse all of it.
            if (!_families.TryGetValue(name, out family))
            {
                family = new MetricFamily(name, kind, instrument, _maxSeries);
                _families.Add(name, family);
            }
        }

        if (family.Kind == kind && family.IsObservable == instrument.IsObservable)
        {
            listener.EnableMeasurementEvents(instrument, family);
        }
        else
        {
            Interlocked.Increment(ref _conflicts);
        }
    }

    private MetricFamily[] Snapshot()
    {
        lock (_familiesGate)
        {
            return [.. _families.Values];
        }
    }

    private void Collect(MetricFamily[] families)
    {
        foreach (MetricFamily family in families.Where(one => one.IsObservable))
        {
            family.Clear();
        }

        try
        {
            _listener.RecordObservableInstruments();
        }
        catch (AggregateException)
        {
            // From the callbacks that failed; the listener has called all the others.
            _failedCollections++;
        }
    }

    private void WriteOwn(PrometheusWriter writer, MetricFamily[] families)
    {
        const string Dropped = "pkicore_metrics_dropped_measurements_total";
        const string Failed = "pkicore_metrics_failed_collections_total";
        const string Conflicts = "pkicore_metrics_conflicting_instruments_total";

        writer.Header(Failed, "Scrapes in which an observable instrument threw.", "counter");
        writer.Name(Failed, "", "");
        writer.Value(_failedCollections);
        writer.Header(Conflicts, "Instruments left out because another of their name is of a different kind.", "counter");
        writer.Name(Conflicts, "", "");
        writer.Value(Interlocked.Read(ref _conflicts));
        writer.Header(Dropped, "Measurements not kept: too many series, or a value the metric cannot take.", "counter");
        foreach (MetricFamily family in families)
        {
            writer.Name(Dropped, "", PrometheusLabels.Render([new("metric", family.Name)]));
            writer.Value(family.Dropped);
        }
    }
}
