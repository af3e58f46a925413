using System.Runtime.InteropServices;

namespace PkiCore.MariaDb.Interop;

/// <summary>A date, a time or both (mysql.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MYSQL_TIME
{
    private const int TimestampDate = 0;
    private const int TimestampDateTime = 1;
    private const int TimestampTime = 2;

    private uint _year;
    private uint _month;
    private uint _day;
    private uint _hour;
    private uint _minute;
    private uint _second;
    private nuint _microsecond;
    private byte _negative;
    private int _type;

    internal static MYSQL_TIME FromDateTime(DateTime value) => new()
    {
        _year = (uint)value.Year,
        _month = (uint)value.Month,
        _day = (uint)value.Day,
        _hour = (uint)value.Hour,
        _minute = (uint)value.Minute,
        _second = (uint)value.Second,
        _microsecond = Microseconds(value.Ticks),
        _type = TimestampDateTime,
    };

    internal static MYSQL_TIME FromDate(DateOnly value) => new()
    {
        _year = (uint)value.Year,
        _month = (uint)value.Month,
        _day = (uint)value.Day,
        _type = TimestampDate,
    };

    internal static MYSQL_TIME FromTimeSpan(TimeSpan value)
    {
        TimeSpan size = value.Duration();
        return new MYSQL_TIME
        {
            _day = (uint)size.Days,
            _hour = (uint)size.Hours,
            _minute = (uint)size.Minutes,
            _second = (uint)size.Seconds,
            _microsecond = Microseconds(size.Ticks),
            _negative = value < TimeSpan.Zero ? (byte)1 : (byte)0,
            _type = TimestampTime,
        };
    }

    /// <summary>Ticks of a DateTime; -1 for what no DateTime can be, as the zero date.</summary>
    internal readonly long ToDateTimeTicks()
    {
        bool valid = _year is >= 1 and <= 9999 && _month is >= 1 and <= 12 && _day >= 1
            && _day <= (uint)DateTime.DaysInMonth((int)_year, (int)_month)
            && _hour < 24 && _minute < 60 && _second < 60 && _microsecond < 1_000_000;
        return valid
            ? new DateTime((int)_year, (int)_month, (int)_day, (int)_hour, (int)_minute, (int)_second, DateTimeKind.Utc).Ticks
                + ((long)_microsecond * TimeSpan.TicksPerMicrosecond)
            : -1;
    }

    internal readonly long ToTimeSpanTicks()
    {
        long ticks = (_day * TimeSpan.TicksPerDay) + (_hour * TimeSpan.TicksPerHour) + (_minute * TimeSpan.TicksPerMinute)
            + (_second * TimeSpan.TicksPerSecond) + ((long)_microsecond * TimeSpan.TicksPerMicrosecond);
        return _negative != 0 ? -ticks : ticks;
    }

    private static nuint Microseconds(long ticks) => (nuint)(ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond);
}
