using System.Globalization;

namespace PkiCore.Testing;

/// <summary>Measures what a call allocates and holds it to the budget of that name in tests/allocations.tsv.</summary>
public static class AllocationBudget
{
    private const string BudgetFile = "tests/allocations.tsv";
    private const int Rounds = 5;

    /// <summary>Bytes per call, on the calling thread.</summary>
    /// <remarks>
    /// The best of several rounds counts: the runtime may recompile the method or fill a cache during any one of them, which is
    /// not what the call costs. The result is rounded up, so that one allocation in a thousand calls is not zero.
    /// </remarks>
    public static long Measure(Action action, int iterations = 1000)
    {
        ArgumentNullException.ThrowIfNull(action);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(iterations);

        for (int i = 0; i < iterations; i++)
        {
            action();
        }

        long least = long.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < iterations; i++)
            {
                action();
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return RoundUp(least, iterations);
    }

    /// <summary>Bytes per call of something that code under test calls in a loop, for what a test cannot call by itself.</summary>
    /// <param name="marks">What <see cref="GC.GetAllocatedBytesForCurrentThread"/> told at each call, all on one thread.</param>
    /// <remarks>The first part of the calls warms up, and each of the others is a round.</remarks>
    public static long Measure(IReadOnlyList<long> marks)
    {
        ArgumentNullException.ThrowIfNull(marks);
        int calls = (marks.Count - 1) / (Rounds + 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(calls, nameof(marks));

        return RoundUp(Enumerable.Range(1, Rounds).Min(round => marks[(round + 1) * calls] - marks[round * calls]), calls);
    }

    /// <summary>Fails when a call allocates more than the file allows, or when the file does not name it.</summary>
    public static void Assert(string name, Action action, int iterations = 1000) => Check(name, Measure(action, iterations), Read());

    /// <inheritdoc cref="Measure(IReadOnlyList{long})"/>
    public static void Assert(string name, IReadOnlyList<long> marks) => Check(name, Measure(marks), Read());

    public static void Check(string name, long measured, IReadOnlyDictionary<string, long> budgets)
    {
        ArgumentNullException.ThrowIfNull(budgets);
        if (!budgets.TryGetValue(name, out long budget))
        {
            throw new InvalidOperationException($"{BudgetFile} has no line for {name}; measured: {measured} bytes per call.");
        }

        if (measured > budget)
        {
            throw new InvalidOperationException($"{name} allocates {measured} bytes per call; {BudgetFile} allows {budget}.");
        }
    }

    /// <summary>Every line of the file.</summary>
    public static IReadOnlyDictionary<string, long> Read() => File.ReadLines(Checkout.PathOf(BudgetFile))
        .Where(line => line.Length > 0 && !line.StartsWith('#'))
        .Select(line => line.Split('\t'))
        .ToDictionary(cells => cells[0], cells => long.Parse(cells[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);

    private static long RoundUp(long bytes, int calls) => (bytes + calls - 1) / calls;
}
