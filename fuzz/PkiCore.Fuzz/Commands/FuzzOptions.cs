using System.Globalization;
using PkiCore.Fuzz.Engine;
using PkiCore.Fuzz.Targets;
using PkiCore.Testing;

namespace PkiCore.Fuzz.Commands;

/// <summary>What stands after the command.</summary>
internal sealed class FuzzOptions
{
    public IReadOnlyList<FuzzTarget> Targets { get; private set; } = TargetCatalog.All;

    public double Seconds { get; private set; } = 60;

    public long Iterations { get; private set; } = long.MaxValue;

    public int Seed { get; private set; } = Random.Shared.Next();

    public CorpusFolder Corpus { get; private set; } = CorpusFolder.Committed;

    /// <summary>Files or folders to replay.</summary>
    public List<string> Paths { get; } = [];

    public static string CrashRoot => Checkout.PathOf("artifacts/fuzz/crashes");

    public static FuzzOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new FuzzOptions();
        for (int i = 0; i < arguments.Length; i++)
        {
            if (!arguments[i].StartsWith("--", StringComparison.Ordinal))
            {
                options.Paths.Add(arguments[i]);
                continue;
            }

            string name = arguments[i];
            options.Set(name, ++i < arguments.Length ? arguments[i] : throw new UsageException($"{name} needs a value."));
        }

        return options;
    }

    private void Set(string name, string value)
    {
        try
        {
            switch (name)
            {
                case "--target":
                    Targets = [TargetCatalog.Find(value)];
                    break;
                case "--seconds":
                    Seconds = double.Parse(value, CultureInfo.InvariantCulture);
                    break;
                case "--iterations":
                    Iterations = long.Parse(value, CultureInfo.InvariantCulture);
                    break;
                case "--seed":
                    Seed = int.Parse(value, CultureInfo.InvariantCulture);
                    break;
                case "--corpus":
                    Corpus = new CorpusFolder(value);
                    break;
                default:
                    throw new UsageException($"There is no option {name}; see --help.");
            }
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new UsageException($"{name}: '{value}' is not a number of the right size.");
        }
    }
}
