using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace PkiCore.Responder.Configuration;

/// <summary>Settings as the text of a configuration file. What is as it would be without the file is left out.</summary>
internal static class SettingsText
{
    private static readonly JsonSerializerOptions s_options = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // the file is read by people, and in no web page
        Converters = { new JsonStringEnumConverter() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveOutDefaults } },
    };

    public static string Create(ResponderSettings settings) => JsonSerializer.Serialize(settings, s_options) + "\n";

    private static void LeaveOutDefaults(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object || type.CreateObject is not { } create)
        {
            return;
        }

        object defaults = create();
        foreach (JsonPropertyInfo property in type.Properties)
        {
            object? usual = property.Get?.Invoke(defaults);
            property.ShouldSerialize = (_, value) => property.Set is not null && !Equals(value, usual) && Text(value) != Text(usual);

            string Text(object? value) => JsonSerializer.Serialize(value, property.PropertyType, s_options);
        }
    }
}
