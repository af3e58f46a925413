namespace PkiCore.AspNetCore;

/// <summary>Settings of CRLs over HTTP; change them with <c>services.Configure</c>.</summary>
public sealed class CrlHttpOptions
{
    /// <summary>How long caches may keep a CRL at most, to 24 hours; it is shorter near the next publication and nextUpdate. Default 1 hour.</summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromHours(1);

    /// <exception cref="ArgumentException">A setting is out of range; the message names it.</exception>
    internal void Validate() => OcspHttpOptions.Check(MaxAge >= TimeSpan.Zero && MaxAge <= CacheControl.Longest, nameof(MaxAge), MaxAge, "has to be 0 to 24 hours");
}
