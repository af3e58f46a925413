namespace PkiCore.MariaDb.Sessions;

/// <summary>A connection string, understood and checked.</summary>
internal sealed record ConnectionSettings
{
    internal required string Server { get; init; }

    internal required uint Port { get; init; }

    internal required string? UnixSocket { get; init; }

    internal required string User { get; init; }

    internal required string Password { get; init; }

    internal required string? PasswordFile { get; init; }

    internal required string Database { get; init; }

    internal required string? CaFile { get; init; }

    internal required string? CertificateFile { get; init; }

    internal required string? KeyFile { get; init; }

    internal required TimeSpan ConnectTimeout { get; init; }

    internal required TimeSpan IoTimeout { get; init; }

    internal required int CommandTimeout { get; init; }

    internal required int MaximumPoolSize { get; init; }

    internal required TimeSpan IdleTimeout { get; init; }

    internal required int MaximumPacketSize { get; init; }

    /// <summary>Where it goes, for messages.</summary>
    internal string Target => UnixSocket ?? (Server.Contains(':', StringComparison.Ordinal) ? $"[{Server}]:{Port}" : $"{Server}:{Port}");

    // The record's own ToString would print the password.
    public override string ToString() => $"{User}@{Target}";
}
