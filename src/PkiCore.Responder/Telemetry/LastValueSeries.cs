namespace PkiCore.Responder.Telemetry;

/// <summary>A gauge, or any observable instrument: a measurement replaces the one before.</summary>
internal sealed class LastValueSeries(string labels) : MetricSeries(labels)
{
    private double _value;

    public override bool Record(long value) => Record((double)value);

    public override bool Record(double value)
    {
        Volatile.Write(ref _value, value);
        return true;
    }

    public override void Write(PrometheusWriter writer, string name)
    {
        writer.Name(name, "", Labels);
        writer.Value(Volatile.Read(ref _value));
    }
}
