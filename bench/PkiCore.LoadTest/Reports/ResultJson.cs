using System.Text.Json;

namespace PkiCore.LoadTest.Reports;

/// <summary>How files in <c>bench/results</c> are read: what is not as it should be is an error, and never a zero in a table.</summary>
internal static class ResultJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };
}
