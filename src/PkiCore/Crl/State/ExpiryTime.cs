namespace PkiCore.Crl.State;

/// <summary>When a certificate expires, in four bytes: whole seconds, never before the certificate does. From 2106 on, and where it is not known: never.</summary>
internal readonly record struct ExpiryTime(uint Seconds)
{
    public static readonly ExpiryTime Never = new(uint.MaxValue);

    public static ExpiryTime Of(DateTimeOffset notAfter)
    {
        long seconds = (notAfter.UtcTicks - DateTimeOffset.UnixEpoch.Ticks + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond;
        return new ExpiryTime((uint)Math.Clamp(seconds, 0, uint.MaxValue));
    }

    public DateTimeOffset ToTime() => this == Never ? DateTimeOffset.MaxValue : DateTimeOffset.FromUnixTimeSeconds(Seconds);

    public static bool operator <(ExpiryTime left, ExpiryTime right) => left.Seconds < right.Seconds;

    public static bool operator >(ExpiryTime left, ExpiryTime right) => left.Seconds > right.Seconds;
}
