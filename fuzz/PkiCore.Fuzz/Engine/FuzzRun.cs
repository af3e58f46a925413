using System.Diagnostics;
using PkiCore.Fuzz.Coverage;
using PkiCore.Fuzz.Mutation;

namespace PkiCore.Fuzz.Engine;

/// <summary>
/// Fuzzes one target: takes an input that once reached something new, changes it, and keeps the result when it does so too.
/// The same seed, starting inputs and number of executions give the same run.
/// </summary>
internal sealed class FuzzRun(Executor executor, int seed)
{
    private readonly Random _random = new(seed);
    private readonly FeatureSet _features = new(executor.Points.Count);
    private readonly List<byte[]> _accepted = [];
    private readonly List<byte[]> _refused = [];
    private long _generated;
    private long _generatedAccepted;

    /// <summary>Called with each input that crashes; returns whether to go on.</summary>
    public Func<byte[], Exception, bool> OnCrash { get; init; } = (_, _) => false;

    public Action<FuzzRun>? OnProgress { get; init; }

    public Stopwatch Elapsed { get; } = new();

    public long Executions => executor.Executions;

    public FeatureSet Features => _features;

    public IEnumerable<byte[]> Corpus => _accepted.Concat(_refused);

    /// <summary>The share of the generated inputs that the parser accepted.</summary>
    public double AcceptedShare => _generated == 0 ? 0 : (double)_generatedAccepted / _generated;

    /// <summary>Runs until the time is over, the number of inputs is made, or a crash ends it.</summary>
    /// <returns>Whether nothing ended it early.</returns>
    public bool Run(IEnumerable<byte[]> start, TimeSpan time, long iterations = long.MaxValue)
    {
        Elapsed.Start();
        foreach (byte[] input in start.OrderBy(input => input.Length)) // short ones first: a long one stays only for what they lack
        {
            if (!Take(input, out _))
            {
                return false;
            }
        }

        var sinceProgress = Stopwatch.StartNew();
        while (Elapsed.Elapsed < time && _generated < iterations)
        {
            byte[] input = executor.Target.Mutator.Mutate(_random, Pick(), Pick());
            bool goOn = Take(input, out Outcome outcome);
            _generated++;
            _generatedAccepted += outcome == Outcome.Accepted ? 1 : 0;
            if (!goOn)
            {
                return false;
            }

            if (sinceProgress.ElapsedMilliseconds >= 1000)
            {
                OnProgress?.Invoke(this);
                sinceProgress.Restart();
            }
        }

        Elapsed.Stop();
        return true;
    }

    /// <summary>
    /// Mostly one that is accepted: changes to it get deeper than changes to what is refused at once. Of two the shorter:
    /// it runs faster, and fewer changes hit places that nobody looks at, such as the inside of a certificate.
    /// </summary>
    private byte[] Pick()
    {
        List<byte[]> from = _refused.Count == 0 || (_accepted.Count > 0 && !_random.OneIn(8)) ? _accepted : _refused;
        if (from.Count == 0)
        {
            return [];
        }

        (byte[] one, byte[] two) = (from[_random.Next(from.Count)], from[_random.Next(from.Count)]);
        return one.Length <= two.Length ? one : two;
    }

    private bool Take(byte[] input, out Outcome outcome)
    {
        outcome = executor.Run(input);
        if (outcome == Outcome.Crashed)
        {
            return OnCrash(input, executor.Failure!);
        }

        if (_features.Add(executor.Hits))
        {
            (outcome == Outcome.Accepted ? _accepted : _refused).Add(input);
        }

        return true;
    }
}
