namespace PkiCore.LoadTest.Injection;

/// <summary>
/// Steele, Lea and Flood's SplitMix64: random numbers from a seed and the number of the request alone, so that each request is the same
/// in every run, whichever thread sends it.
/// </summary>
internal struct SplitMix64(ulong seed, ulong stream)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private ulong _state = Mix(seed + Golden) ^ Mix((stream + 1) * Golden);

    /// <summary>The next number from 0 up to, but not including, 1.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>The next number below a limit.</summary>
    public int Next(int limit) => (int)Math.BigMul(Next(), (ulong)limit, out _);

    public ulong Next() => Mix(_state += Golden);

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
