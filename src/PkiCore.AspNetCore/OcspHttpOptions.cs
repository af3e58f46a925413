namespace PkiCore.AspNetCore;

/// <summary>Settings of OCSP over HTTP.</summary>
public sealed class OcspHttpOptions
{
    /// <summary>The longest request in bytes, 128 to 16384; a longer one gets malformedRequest. Default 8192.</summary>
    public int MaxRequestLength { get; set; } = 8192;

    /// <summary>How long caches may keep a good answer at most, to 24 hours; it is shorter near the end of an answer's validity. Default 1 hour.</summary>
    public TimeSpan MaxAgeGood { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The same for a revoked one; where certificates are put on hold, that can be released. Default 1 hour.</summary>
    public TimeSpan MaxAgeRevoked { get; set; } = TimeSpan.FromHours(1);

    /// <exception cref="ArgumentException">A setting is out of range; the message names it.</exception>
    internal void Validate()
    {
        Check(MaxRequestLength is >= 128 and <= 16384, nameof(MaxRequestLength), MaxRequestLength, "has to be 128 to 16384");
        Check(MaxAgeGood >= TimeSpan.Zero && MaxAgeGood <= CacheControl.Longest, nameof(MaxAgeGood), MaxAgeGood, "has to be 0 to 24 hours");
        Check(MaxAgeRevoked >= TimeSpan.Zero && MaxAgeRevoked <= CacheControl.Longest, nameof(MaxAgeRevoked), MaxAgeRevoked, "has to be 0 to 24 hours");
    }

    internal static void Check(bool valid, string name, object value, string rule)
    {
        if (!valid)
        {
            throw new ArgumentException(FormattableString.Invariant($"{name} is {value}: it {rule}."), name);
        }
    }
}
