using System.Buffers;
using System.Globalization;
using System.Text;

namespace PkiCore.Responder.Telemetry;

/// <summary>Writes the Prometheus text format 0.0.4.</summary>
internal sealed class PrometheusWriter(IBufferWriter<byte> output)
{
    public void Header(string name, string? help, string type)
    {
        if (!string.IsNullOrEmpty(help))
        {
            Text($"# HELP {name} {PrometheusLabels.Escape(help)}\n");
        }

        Text($"# TYPE {name} {type}\n");
    }

    public void Name(string name, string suffix, string labels)
    {
        Text(name);
        Text(suffix);
        if (labels.Length > 0)
        {
            output.Write("{"u8);
            Text(labels);
            output.Write("}"u8);
        }

        output.Write(" "u8);
    }

    public void BucketName(string name, string labels, double bound)
    {
        Text(name);
        output.Write("_bucket{"u8);
        if (labels.Length > 0)
        {
            Text(labels);
            output.Write(","u8);
        }

        output.Write("le=\""u8);
        Number(bound);
        output.Write("\"} "u8);
    }

    public void Value(long value)
    {
        Format(value);
        output.Write("\n"u8);
    }

    public void Value(double value)
    {
        Number(value);
        output.Write("\n"u8);
    }

    private void Number(double value)
    {
        if (double.IsInfinity(value))
        {
            output.Write(value > 0 ? "+Inf"u8 : "-Inf"u8);
        }
        else
        {
            Format(value);
        }
    }

    private void Format<T>(T value)
        where T : IUtf8SpanFormattable
    {
        // The longest double, -2.2250738585072014E-308, has 24 characters.
        Span<byte> buffer = output.GetSpan(32);
        value.TryFormat(buffer, out int written, default, CultureInfo.InvariantCulture);
        output.Advance(written);
    }

    private void Text(string text) => Encoding.UTF8.GetBytes(text, output);
}
