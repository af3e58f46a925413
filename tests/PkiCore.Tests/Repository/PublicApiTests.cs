using System.Reflection;

namespace PkiCore.Tests.Repository;

public sealed class PublicApiTests
{
    private const int MaxPublicTypes = 60;

    [Theory]
    [InlineData("PkiCore")]
    [InlineData("PkiCore.AspNetCore")]
    [InlineData("PkiCore.Galera")]
    [InlineData("PkiCore.MariaDb")]
    public void Public_api_is_the_reviewed_one(string assembly) =>
        GeneratedFile.AssertCurrent($"src/{assembly}/PublicAPI.txt", PublicApi.Describe(Assembly.Load(assembly)));

    [Fact]
    public void Core_has_at_most_60_public_types() =>
        Assert.InRange(Assembly.Load("PkiCore").GetExportedTypes().Length, 0, MaxPublicTypes);

    [Fact]
    public void Description_shows_what_a_caller_can_see()
    {
        string[] lines = [.. PublicApi.DescribeType(typeof(PublicApiSample<>)).Select(line => line.Trim())];

        Assert.Equal(
            [
                "public abstract class PkiCore.Tests.Repository.PublicApiSample<T> : System.IDisposable where T : class, new()",
                "protected PublicApiSample(int count = 3)",
                "public event System.EventHandler? Changed",
                "public abstract void Dispose()",
                "public const string Label = \"x\"",
                "public System.Collections.Generic.IReadOnlyList<string?> Names { get; protected set; }",
                "public bool TryRead(in System.ReadOnlySpan<byte> source, out T? value, params int[] rest)",
            ],
            lines);
    }

    [Fact]
    public void Difference_names_added_and_removed_lines() =>
        Assert.Equal("- b\n+ c\n", GeneratedFile.Difference("a\nb\n", "a\nc\n"));
}

/// <summary>Looked at by reflection only.</summary>
public abstract class PublicApiSample<T> : IDisposable
    where T : class, new()
{
    public const string Label = "x";

    protected PublicApiSample(int count = 3) => Count = count;

    public event EventHandler? Changed;

    public IReadOnlyList<string?> Names { get; protected set; } = [];

    internal int Count { get; }

    public abstract void Dispose();

    public bool TryRead(in ReadOnlySpan<byte> source, out T? value, params int[] rest)
    {
        value = null;
        Changed?.Invoke(this, EventArgs.Empty);
        return source.IsEmpty && rest.Length == Count;
    }
}
