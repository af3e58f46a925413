using System.Globalization;

namespace PkiCore.Campaigns.Harness;

/// <summary>Durations as people write them: a whole number of seconds, minutes or hours.</summary>
internal static class Duration
{
    public static bool TryParse(string text, out TimeSpan duration)
    {
        TimeSpan unit = text is [.., char last]
            ? last switch
            {
                's' => TimeSpan.FromSeconds(1),
                'm' => TimeSpan.FromMinutes(1),
                'h' => TimeSpan.FromHours(1),
                _ => default,
            }
            : default;
        int count = 0;
        bool isValid = unit != default && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out count) && count > 0;
        duration = unit * count;
        return isValid;
    }

    public static string Format(TimeSpan duration) => duration.Ticks % TimeSpan.TicksPerHour == 0 ? FormattableString.Invariant($"{duration.TotalHours}h")
        : duration.Ticks % TimeSpan.TicksPerMinute == 0 ? FormattableString.Invariant($"{duration.TotalMinutes}m")
        : FormattableString.Invariant($"{duration.TotalSeconds}s");
}
