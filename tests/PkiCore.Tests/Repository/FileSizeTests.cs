namespace PkiCore.Tests.Repository;

public sealed class FileSizeTests
{
    private const int MaxFileLines = 400;
    private const int MedianLimit = 100;
    private const int MaxMethodLines = 80;

    [Fact]
    public void No_file_is_over_400_lines() =>
        Assert.Empty(SourceFiles.All.Where(file => file.Lines > MaxFileLines).Select(file => $"{file.Path}: {file.Lines} lines"));

    [Fact]
    public void Median_file_in_src_is_under_100_lines()
    {
        int[] lines = [.. SourceFiles.Under("src").Select(file => file.Lines).Order()];
        Assert.InRange(lines[lines.Length / 2], 0, MedianLimit - 1);
    }

    [Fact]
    public void No_method_in_src_is_over_80_lines() =>
        Assert.Empty(
            from file in SourceFiles.Under("src")
            from member in MethodLengths.Of(file)
            where member.Lines > MaxMethodLines
            select $"{file.Path}:{member.Line}: {member.Lines} lines: {member.Header}");

    [Fact]
    public void Lengths_are_measured_from_header_to_closing_brace()
    {
        const string Code = """"
            namespace A;

            #pragma warning disable CA1000
            [StructLayout(LayoutKind.Auto)]
            public ref struct B<T>
                where T : class
            {
                private static readonly int[] s_data = new[]
                {
                    1,
                };

                public int C { get; set; } = new()
                {
                };

                [D(1)]
                private int[] _d = { 1 };

                public void D<U>(string e = "{")
                    where U : struct
                {
                    if (e == $"{(e == "}" ? '{' : '}')}{{")
                    {
                        F(); // }
                    }

                    void F() { /* { */ }
                }

                public static bool operator ==(B<T> left, B<T> right)
                {
                    return left is { } && """ " { """ != @"\";
                }
            }
            """";

        Assert.Equal(
            [(13, 1), (20, 10), (31, 4)],
            MethodLengths.Of(new SourceFile("a.cs", Code)).Select(member => (member.Line, member.Lines)));
    }
}
