using System.Globalization;

namespace PkiCore.AspNetCore;

/// <summary>Values of Cache-Control. One string for each number of seconds is made when it is first needed, and kept.</summary>
internal static class CacheControl
{
    /// <summary>For replies that are no authoritative statement, and for those made for one request (RFC 9919 7.2).</summary>
    public const string NoStore = "no-store";

    public static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    private static readonly string?[] s_values = new string?[(int)Longest.TotalSeconds + 1];

    /// <summary>A reply that caches may keep (RFC 9919 7.2).</summary>
    /// <param name="cap">The setting.</param>
    /// <param name="untilRefresh">The time until a newer reply will be there.</param>
    /// <param name="untilExpiry">The time until nextUpdate.</param>
    public static string For(TimeSpan cap, TimeSpan untilRefresh, TimeSpan untilExpiry)
    {
        var seconds = (int)MaxAge(cap, untilRefresh, untilExpiry).TotalSeconds;
        return s_values[seconds] ??= string.Create(CultureInfo.InvariantCulture, $"max-age={seconds}, public, no-transform, must-revalidate");
    }

    /// <summary>A CRL. Without must-revalidate: a cache that cannot reach us may give what it has, as it says itself until when it is good.</summary>
    public static string ForCrl(TimeSpan maxAge) => string.Create(CultureInfo.InvariantCulture, $"public, max-age={(int)maxAge.TotalSeconds}, no-transform");

    /// <summary>How long caches may keep a reply.</summary>
    /// <inheritdoc cref="For"/>
    /// <returns>Whole seconds from 0 to <see cref="Longest"/>.</returns>
    public static TimeSpan MaxAge(TimeSpan cap, TimeSpan untilRefresh, TimeSpan untilExpiry)
    {
        // architecture rule 2; negative when a refresh is late
        long ticks = Math.Min(Math.Min(cap.Ticks, untilRefresh.Ticks), untilExpiry.Ticks - TimeSpan.TicksPerSecond);
        return TimeSpan.FromSeconds(Math.Max(0, ticks) / TimeSpan.TicksPerSecond);
    }
}
