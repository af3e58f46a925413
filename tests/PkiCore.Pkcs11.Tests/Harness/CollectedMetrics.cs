using System.Diagnostics.Metrics;
using System.Globalization;

namespace PkiCore.Pkcs11.Tests.Harness;

/// <summary>Keeps the metrics of one token or signer: those with its name in a tag.</summary>
internal sealed class CollectedMetrics : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly string _name;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, double> _counters = [];
    private readonly Dictionary<string, double> _gauges = [];

    public CollectedMetrics(string name)
    {
        _name = name;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith("PkiCore.", StringComparison.Ordinal))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>All names and tags seen.</summary>
    public string Text
    {
        get
        {
            lock (_lock)
            {
                return string.Join('\n', _counters.Concat(_gauges).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value}")));
            }
        }
    }

    /// <summary>The sum of a counter, or the number of measurements of a histogram, over all series whose tags contain a text.</summary>
    public double Sum(string instrument, string tag = "")
    {
        lock (_lock)
        {
            return _counters.Where(pair => pair.Key.StartsWith(instrument + " ", StringComparison.Ordinal) && pair.Key.Contains(tag, StringComparison.Ordinal)).Sum(pair => pair.Value);
        }
    }

    /// <summary>What a gauge shows now; the lowest, if there are several series.</summary>
    public double Now(string instrument, string tag = "")
    {
        lock (_lock)
        {
            _gauges.Clear();
        }

        _listener.RecordObservableInstruments();
        lock (_lock)
        {
            return _gauges.Where(pair => pair.Key.StartsWith(instrument + " ", StringComparison.Ordinal) && pair.Key.Contains(tag, StringComparison.Ordinal)).Min(pair => pair.Value);
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string key = instrument.Name + " " + string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
        if (!key.Contains(_name, StringComparison.Ordinal))
        {
            return;
        }

        lock (_lock)
        {
            if (instrument.IsObservable)
            {
                _gauges[key] = value;
            }
            else
            {
                _counters[key] = _counters.GetValueOrDefault(key) + (instrument is Histogram<double> ? 1 : value);
            }
        }
    }
}
