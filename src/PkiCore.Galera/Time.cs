namespace PkiCore.Galera;

/// <summary>Times as DATETIME(6) holds them: UTC, in microseconds.</summary>
internal static class Time
{
    /// <summary>Cuts off what the column has no room for.</summary>
    public static DateTimeOffset ToMicroseconds(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    /// <summary>The value for a parameter.</summary>
    public static DateTime ToColumn(DateTimeOffset time) => ToMicroseconds(time).UtcDateTime;

    /// <summary>Takes a value of a column, of whatever kind the provider thinks it is.</summary>
    public static DateTimeOffset FromColumn(DateTime value) => new(value.Ticks, TimeSpan.Zero);
}
