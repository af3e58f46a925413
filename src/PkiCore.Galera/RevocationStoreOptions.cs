using System.Diagnostics.Metrics;

namespace PkiCore.Galera;

/// <summary>How changes are written.</summary>
public sealed record RevocationStoreOptions
{
    /// <summary>How long a call may take, with all that is tried again, before its caller is told that it failed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long one transaction may take before its node is given up and another one is tried.</summary>
    public TimeSpan TransactionTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many calls may wait for each CA; those above wait for room.</summary>
    public int QueueLength { get; init; } = 4096;

    /// <summary>Who makes the changes, for the log of changes.</summary>
    public string Actor { get; init; } = NameOr(Environment.UserName, "unknown"); // a user id need not have a name, in a container

    /// <summary>Where they are made, for the log of changes.</summary>
    public string Host { get; init; } = NameOr(Environment.MachineName, "unknown");

    /// <summary>Where metrics are made; <see langword="null"/>: for whoever listens to the meter <c>PkiCore.Galera</c>.</summary>
    public IMeterFactory? MeterFactory { get; init; }

    /// <exception cref="ArgumentException">A value cannot be.</exception>
    internal RevocationStoreOptions Validated()
    {
        Check(Timeout > TimeSpan.Zero && Timeout <= TimeSpan.FromDays(1), nameof(Timeout), $"has to be positive, and a day at most");
        Check(TransactionTimeout > TimeSpan.Zero && TransactionTimeout <= TimeSpan.FromDays(1), nameof(TransactionTimeout), $"has to be positive, and a day at most");
        Check(QueueLength > 0, nameof(QueueLength), $"has to be 1 or more");
        Check(Actor.Length is > 0 and <= MaxNameLength, nameof(Actor), $"has to have 1 to {MaxNameLength} characters");
        Check(Host.Length is > 0 and <= MaxNameLength, nameof(Host), $"has to have 1 to {MaxNameLength} characters");
        return this;
    }

    /// <summary>As long as the columns are.</summary>
    internal const int MaxNameLength = 255;

    internal static string NameOr(string name, string otherwise) => name.Length is > 0 and <= MaxNameLength ? name : otherwise;

    private static void Check(bool isTrue, string name, string rule)
    {
        if (!isTrue)
        {
            throw new ArgumentException($"{name} {rule}.", name);
        }
    }
}
