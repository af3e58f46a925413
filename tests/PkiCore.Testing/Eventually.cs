using System.Diagnostics;

namespace PkiCore.Testing;

/// <summary>Waits for a state that comes about by itself: by looking again and again up to a deadline, never by sleeping and hoping.</summary>
public static class Eventually
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(25);

    /// <summary>Long: it matters only where something is wrong, or a busy machine stands still for a while.</summary>
    public static TimeSpan DefaultLimit { get; } = TimeSpan.FromSeconds(60);

    /// <summary>Looks until the condition holds.</summary>
    /// <param name="what">What is waited for, for the message.</param>
    /// <param name="condition">Looks once.</param>
    /// <param name="limit">The deadline.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How long it took.</returns>
    public static async Task<TimeSpan> HoldsAsync(string what, Func<Task<bool>> condition, TimeSpan limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(condition);
        long start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(start) > limit)
            {
                throw new TimeoutException($"Not within {limit}: {what}");
            }

            await Task.Delay(s_interval, cancellationToken);
        }

        return Stopwatch.GetElapsedTime(start);
    }

    public static Task<TimeSpan> HoldsAsync(string what, Func<bool> condition, CancellationToken cancellationToken) =>
        HoldsAsync(what, () => Task.FromResult(condition()), DefaultLimit, cancellationToken);

    public static Task<TimeSpan> HoldsAsync(string what, Func<Task<bool>> condition, CancellationToken cancellationToken) =>
        HoldsAsync(what, condition, DefaultLimit, cancellationToken);
}
