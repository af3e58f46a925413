namespace PkiCore.Fuzz.Coverage;

/// <summary>
/// What has been reached: each point, and about how often within one input (1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, more),
/// so that loops which come closer to a limit count as progress.
/// </summary>
/// <param name="points">How many points there are.</param>
/// <param name="counts">Whether the number of passes matters, or only that there was one.</param>
internal sealed class FeatureSet(int points, bool counts = true)
{
    private readonly byte[] _seen = new byte[points];

    public int Count { get; private set; }

    public int Points => _seen.Length - _seen.AsSpan().Count((byte)0);

    /// <returns>Whether there was anything new.</returns>
    public bool Add(ReadOnlySpan<byte> hits)
    {
        int before = Count;
        for (int i = 0; i < hits.Length; i++)
        {
            byte feature = FeatureOf(hits[i]);
            if ((_seen[i] | feature) != _seen[i])
            {
                _seen[i] |= feature;
                Count++;
            }
        }

        return Count > before;
    }

    /// <summary>Whether an input that passes these points has everything in this set.</summary>
    public bool IsCoveredBy(ReadOnlySpan<byte> hits)
    {
        for (int i = 0; i < _seen.Length; i++)
        {
            if ((_seen[i] & FeatureOf(hits[i])) != _seen[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The features of one input that this set lacks.</summary>
    public FeatureSet Missing(ReadOnlySpan<byte> hits)
    {
        var missing = new FeatureSet(_seen.Length, counts);
        for (int i = 0; i < hits.Length; i++)
        {
            missing._seen[i] = (byte)(FeatureOf(hits[i]) & ~_seen[i]);
        }

        return missing;
    }

    private byte FeatureOf(byte hits) => counts ? Bucket(hits) : (byte)(hits == 0 ? 0 : 1);

    private static byte Bucket(byte hits) => hits switch
    {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 4,
        < 8 => 8,
        < 16 => 16,
        < 32 => 32,
        < 128 => 64,
        _ => 128,
    };
}
