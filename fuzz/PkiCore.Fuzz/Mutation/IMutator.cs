namespace PkiCore.Fuzz.Mutation;

/// <summary>Makes a new input of an old one. Holds no state: the same random numbers give the same input.</summary>
internal interface IMutator
{
    /// <param name="random">Where all choices come from.</param>
    /// <param name="input">The input to change; it stays as it is.</param>
    /// <param name="other">Another input of the corpus, to take parts from.</param>
    byte[] Mutate(Random random, byte[] input, byte[] other);
}

internal static class Choice
{
    public const int MaxInputLength = 16 * 1024;

    public static T Pick<T>(this Random random, IReadOnlyList<T> items) => items[random.Next(items.Count)];

    public static bool OneIn(this Random random, int n) => random.Next(n) == 0;
}
