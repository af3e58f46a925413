using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace PkiCore.Responder.Telemetry;

/// <summary>All series of one metric name.</summary>
internal sealed class MetricFamily
{
    private readonly ConcurrentDictionary<KeyValuePair<string, string>[], MetricSeries> _series = new(TagSetComparer.Instance);
    private readonly ConcurrentDictionary<KeyValuePair<string, string>[], MetricSeries>
        .AlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>> _byTags;

    private readonly Lock _growth = new();
    private readonly Func<string, MetricSeries> _create;
    private readonly string? _help;
    private readonly int _maxSeries;
    private int _count;
    private long _dropped;

    public MetricFamily(string name, MetricKind kind, Instrument instrument, int maxSeries)
    {
        Name = name;
        Kind = kind;
        IsObservable = instrument.IsObservable;
        _help = instrument.Description;
        _maxSeries = maxSeries;
        _byTags = _series.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
        double[] bounds = kind == MetricKind.Histogram ? HistogramBounds.For(instrument) : [];
        bool isSum = MetricKinds.IsSum(instrument);
        _create = kind == MetricKind.Histogram ? labels => new HistogramSeries(labels, bounds)
            : isSum ? labels => new SumSeries(labels, kind == MetricKind.Counter)
            : labels => new LastValueSeries(labels);
    }

    public string Name { get; }

    public MetricKind Kind { get; }

    public bool IsObservable { get; }

    /// <summary>Measurements not kept: too many series, or a value that the metric cannot take.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Record(long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (Find(tags) is not { } series || !series.Record(value))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (Find(tags) is not { } series || !series.Record(value))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    /// <summary>Forgets what was observed, so that a series that is no longer reported goes away.</summary>
    public void Clear()
    {
        lock (_growth)
        {
            _series.Clear();
            _count = 0;
        }
    }

    public void Write(PrometheusWriter writer)
    {
        MetricSeries[] series = [.. _series.Values.OrderBy(one => one.Labels, StringComparer.Ordinal)];
        if (series.Length == 0)
        {
            return;
        }

        writer.Header(Name, _help, Kind switch
        {
            MetricKind.Counter => "counter",
            MetricKind.Gauge => "gauge",
            _ => "histogram",
        });
        foreach (MetricSeries one in series)
        {
            one.Write(writer, Name);
        }
    }

    private MetricSeries? Find(ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _byTags.TryGetValue(tags, out MetricSeries? series) ? series : Add(tags);

    private MetricSeries? Add(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        // Read without the lock: a flood of new tag values must not queue up here.
        if (Volatile.Read(ref _count) >= _maxSeries)
        {
            return null;
        }

        lock (_growth)
        {
            if (_byTags.TryGetValue(tags, out MetricSeries? existing))
            {
                return existing;
            }

            if (_count >= _maxSeries)
            {
                return null;
            }

            KeyValuePair<string, string>[] key = TagSetComparer.Instance.Create(tags);
            MetricSeries series = _create(PrometheusLabels.Render(key));
            _series[key] = series;
            _count++;
            return series;
        }
    }
}
