using System.Text;

namespace PkiCore.Responder.Telemetry;

/// <summary>Turns the names and units of instruments into Prometheus names, as OpenTelemetry's compatibility rules do.</summary>
internal static class PrometheusName
{
    public static string ForMetric(string name, string? unit, MetricKind kind)
    {
        string result = Sanitize(name);
        if (kind == MetricKind.Counter && result.EndsWith("_total", StringComparison.Ordinal))
        {
            // The suffix comes last, after the unit.
            result = result[..^"_total".Length];
        }

        string suffix = UnitSuffix(unit, kind);
        if (suffix.Length > 0 && !result.EndsWith("_" + suffix, StringComparison.Ordinal))
        {
            result += "_" + suffix;
        }

        return kind == MetricKind.Counter ? result + "_total" : result;
    }

    /// <summary>A label name: a metric name without colons, and not beginning with the two underscores that Prometheus reserves.</summary>
    public static string ForLabel(string name) => Sanitize(name);

    private static string UnitSuffix(string? unit, MetricKind kind)
    {
        // Braces hold a note for the reader, such as {request}, and are no unit (UCUM).
        if (string.IsNullOrEmpty(unit) || unit.Contains('{', StringComparison.Ordinal))
        {
            return "";
        }

        int slash = unit.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0)
        {
            return $"{UnitName(unit[..slash])}_per_{UnitName(unit[(slash + 1)..]).TrimEnd('s')}";
        }

        if (unit == "1")
        {
            return kind == MetricKind.Gauge ? "ratio" : "";
        }

        return UnitName(unit);
    }

    private static string UnitName(string unit) => unit switch
    {
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "ns" => "nanoseconds",
        "min" => "minutes",
        "h" => "hours",
        "d" => "days",
        "By" => "bytes",
        "KiBy" => "kibibytes",
        "MiBy" => "mebibytes",
        "GiBy" => "gibibytes",
        "%" => "percent",
        _ => Sanitize(unit),
    };

    // [a-zA-Z_][a-zA-Z0-9_]*; runs of other characters become one underscore.
    private static string Sanitize(string name)
    {
        var result = new StringBuilder(name.Length + 1);
        foreach (char c in name)
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                if (result.Length == 0 && char.IsAsciiDigit(c))
                {
                    result.Append('_');
                }

                result.Append(c);
            }
            else if (result.Length == 0 || result[^1] != '_')
            {
                result.Append('_');
            }
        }

        return result.Length == 0 ? "_" : result.ToString();
    }
}
