using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace PkiCore.Galera.Tests.Writing;

/// <summary>What stores count while a test runs, of one CA.</summary>
internal sealed class WriteCounts : IDisposable
{
    private readonly ConcurrentDictionary<string, long> _counts = new();
    private readonly MeterListener _listener;

    public WriteCounts(string issuer)
    {
        _listener = new MeterListener { InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name.StartsWith("pkicore.galera.write.", StringComparison.Ordinal))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        } };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            Dictionary<string, object?> named = new(tags.ToArray());
            if (named["issuer"] is string name && name == issuer)
            {
                string key = string.Join(' ', [instrument.Name[21..], .. named.Where(tag => tag.Key != "issuer").Select(tag => tag.Value)]);
                _counts.AddOrUpdate(key, value, (_, sum) => sum + value);
            }
        });
        _listener.Start();
    }

    /// <summary>A count, such as <c>retries Conflict</c>.</summary>
    public long this[string key] => _counts.GetValueOrDefault(key);

    public override string ToString() => string.Join(", ", _counts.OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => $"{count.Key}: {count.Value}"));

    public void Dispose() => _listener.Dispose();
}
