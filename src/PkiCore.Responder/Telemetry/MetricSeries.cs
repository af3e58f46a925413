namespace PkiCore.Responder.Telemetry;

/// <summary>The values of one instrument under one set of labels. Recording is lock-free.</summary>
internal abstract class MetricSeries(string labels)
{
    /// <summary>The labels as Prometheus text, without braces.</summary>
    public string Labels { get; } = labels;

    /// <returns>Whether the value could be taken.</returns>
    public abstract bool Record(long value);

    /// <inheritdoc cref="Record(long)"/>
    public abstract bool Record(double value);

    public abstract void Write(PrometheusWriter writer, string name);
}
