using PkiCore.Fuzz.Coverage;
using PkiCore.Fuzz.Engine;
using PkiCore.Fuzz.Seeds;
using PkiCore.Fuzz.Targets;

namespace PkiCore.Tests.Fuzz;

/// <summary>The fuzzing corpus as ordinary tests. After a change of a parser: <c>PkiCore.Fuzz minimize</c>.</summary>
public sealed class CorpusTests
{
    private static readonly Lazy<InstrumentedContext> s_context = new(() => new InstrumentedContext());

    public static TheoryData<string> Targets => [.. TargetCatalog.All.Select(target => target.Name)];

    public static TheoryData<string> Files =>
        [.. TargetCatalog.All.SelectMany(target => CorpusFolder.Committed.Files(target).Select(file => $"{target}/{Path.GetFileName(file)}"))];

    [Theory]
    [MemberData(nameof(Files))]
    public void Stored_input_satisfies_its_oracle(string name) =>
        TargetCatalog.Find(name.Split('/')[0]).Function(File.ReadAllBytes(Checkout.PathOf("fuzz/corpus/" + name)));

    [Theory]
    [MemberData(nameof(Targets))]
    public void Corpus_reaches_95_percent_of_the_lines_and_both_verdicts(string name)
    {
        FuzzTarget target = TargetCatalog.Find(name);
        var coverage = CorpusCoverage.Measure(target, s_context.Value, CorpusFolder.Committed.Read(target));
        Assert.True(
            coverage.Share >= CorpusCoverage.Required,
            string.Join('\n', coverage.Files.Select(file => $"{file.File}: not {string.Join(", ", file.Missed)}")));
        Assert.True(coverage.Accepted > 0);
        Assert.True(coverage.Refused > 0);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Between_10_and_90_percent_of_generated_inputs_are_accepted(string name) =>
        Assert.InRange(Run(TargetCatalog.Find(name), seed: 1).AcceptedShare, 0.1, 0.9);

    [Theory]
    [MemberData(nameof(Targets))]
    public void Same_seed_makes_the_same_run(string name)
    {
        FuzzTarget target = TargetCatalog.Find(name);
        Assert.Equal(Run(target, seed: 2).Corpus, Run(target, seed: 2).Corpus);
    }

    private static FuzzRun Run(FuzzTarget target, int seed)
    {
        var run = new FuzzRun(new Executor(target, s_context.Value), seed)
        {
            OnCrash = (input, failure) => throw new InvalidOperationException(Convert.ToHexString(input), failure),
        };
        run.Run(SeedInputs.For(target).Concat(CorpusFolder.Committed.Read(target)), TimeSpan.MaxValue, iterations: 2000);
        return run;
    }
}
