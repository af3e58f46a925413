namespace PkiCore.Testing;

/// <summary>The system's clock, set to another time by as much as one wants. Timers and timestamps go on as they are, as when somebody sets a machine's clock.</summary>
public sealed class ShiftedTimeProvider : TimeProvider
{
    private long _shift;

    /// <summary>By how much it is ahead of the system's clock.</summary>
    public TimeSpan Shift
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _shift));
        set => Interlocked.Exchange(ref _shift, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;
}
