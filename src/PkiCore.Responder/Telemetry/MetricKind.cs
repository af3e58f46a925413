using System.Diagnostics.Metrics;

namespace PkiCore.Responder.Telemetry;

/// <summary>What a metric is to Prometheus.</summary>
internal enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}

internal static class MetricKinds
{
    /// <summary>Null for an instrument of a kind that did not exist when this was written.</summary>
    public static MetricKind? Of(Instrument instrument)
    {
        Type type = instrument.GetType();
        Type? definition = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        if (definition == typeof(Counter<>) || definition == typeof(ObservableCounter<>))
        {
            return MetricKind.Counter;
        }

        if (definition == typeof(Histogram<>))
        {
            return MetricKind.Histogram;
        }

        // An up-down counter goes both ways, which to Prometheus is a gauge.
        bool isGauge = definition == typeof(UpDownCounter<>) || definition == typeof(ObservableUpDownCounter<>)
            || definition == typeof(Gauge<>) || definition == typeof(ObservableGauge<>);
        return isGauge ? MetricKind.Gauge : null;
    }

    /// <summary>Whether measurements are added up; else the last one counts.</summary>
    public static bool IsSum(Instrument instrument) =>
        !instrument.IsObservable && instrument.GetType().GetGenericTypeDefinition() != typeof(Gauge<>);
}
