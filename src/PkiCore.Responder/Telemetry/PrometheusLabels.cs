using System.Text;

namespace PkiCore.Responder.Telemetry;

/// <summary>Renders tags as labels: <c>name="value",...</c>, sorted by name.</summary>
internal static class PrometheusLabels
{
    public static string Render(IEnumerable<KeyValuePair<string, string>> tags)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (KeyValuePair<string, string> tag in tags)
        {
            string name = PrometheusName.ForLabel(tag.Key);
            // Two tags can come to one name (a.b and a_b); a label twice would make Prometheus refuse the whole page.
            labels[name] = labels.TryGetValue(name, out string? value) ? $"{value};{tag.Value}" : tag.Value;
        }

        var text = new StringBuilder();
        foreach ((string name, string value) in labels)
        {
            text.Append(text.Length > 0 ? "," : "").Append(name).Append("=\"");
            text.Append(Escape(value).Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
        }

        return text.ToString();
    }

    /// <summary>What must be escaped everywhere; a quotation mark only in a label.</summary>
    public static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
