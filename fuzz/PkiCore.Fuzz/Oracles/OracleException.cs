namespace PkiCore.Fuzz.Oracles;

/// <summary>A parser gave an answer that the oracle knows to be wrong.</summary>
internal sealed class OracleException(string message) : Exception(message);

internal static class Oracle
{
    public static void Require(bool holds, string rule)
    {
        if (!holds)
        {
            throw new OracleException(rule);
        }
    }

    public static void SameBytes(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, string what)
    {
        if (!expected.SequenceEqual(actual))
        {
            throw new OracleException($"{what}: {Convert.ToHexString(actual)} instead of {Convert.ToHexString(expected)}");
        }
    }

    public static void Same<T>(T expected, T actual, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            throw new OracleException($"{what}: {actual} instead of {expected}");
        }
    }
}
