using System.Globalization;
using System.Security.Cryptography;
using PkiCore.Ocsp;

namespace PkiCore.Serving;

/// <summary>Replies that were signed together, with one signer and the same times; and what HTTP says of them, made once. Immutable for its users.</summary>
public sealed class SigningBatch
{
    private static long s_lastNumber;

    internal SigningBatch(OcspResponseTemplate template, DateTimeOffset producedAt, long readAt, long tableVersion, DateTimeOffset thisUpdate, DateTimeOffset nextUpdate, DateTimeOffset refreshAt)
    {
        Number = Interlocked.Increment(ref s_lastNumber);
        Template = template;
        ProducedAt = producedAt;
        ReadAt = readAt;
        TableVersion = tableVersion;
        ThisUpdate = thisUpdate;
        NextUpdate = nextUpdate;
        RefreshAt = refreshAt;

        // Never the same twice, on any machine: a changed answer is always in another batch (docs/architecture.md).
        Id = $"{producedAt.ToUnixTimeSeconds():x}-{RandomNumberGenerator.GetHexString(24, lowercase: true)}";
        ETag = $"\"{Id}\"";
        LastModified = producedAt.ToString("R", CultureInfo.InvariantCulture);
        Expires = nextUpdate.ToString("R", CultureInfo.InvariantCulture);
    }

    /// <summary>When the replies were signed.</summary>
    public DateTimeOffset ProducedAt { get; }

    /// <summary>When their content was known to be true.</summary>
    public DateTimeOffset ThisUpdate { get; }

    /// <summary>When they stop being served.</summary>
    public DateTimeOffset NextUpdate { get; }

    /// <summary>When they are due to be signed again.</summary>
    public DateTimeOffset RefreshAt { get; }

    /// <summary>A strong entity tag, in quotes: the identity of the batch.</summary>
    public string ETag { get; }

    /// <summary><see cref="ProducedAt"/> as an HTTP date (RFC 9919 6).</summary>
    public string LastModified { get; }

    /// <summary><see cref="NextUpdate"/> as an HTTP date (RFC 9919 6).</summary>
    public string Expires { get; }

    /// <summary>The identity of the batch.</summary>
    internal string Id { get; }

    internal OcspResponseTemplate Template { get; }

    /// <summary>A later batch has a higher number, whatever the clock does in between.</summary>
    internal long Number { get; }

    /// <summary>When the source was read, on the timeline of <see cref="SourceState"/>; <see cref="ThisUpdate"/> is the same by the clock.</summary>
    internal long ReadAt { get; }

    /// <summary>The newest change in the table when the batch began: one status of a certificate in one batch, or one ETag would mean two replies.</summary>
    internal long TableVersion { get; }

    /// <summary>Whether the replies may be served: they have not expired, and a clock that was set back has not put them in the future.</summary>
    internal bool IsUsable(DateTimeOffset now) => ThisUpdate <= now && now < NextUpdate;

    /// <summary>Whether the replies are to be signed again.</summary>
    internal bool IsDue(DateTimeOffset now) => RefreshAt <= now || ProducedAt > now;

    /// <summary>How many records of the table are in this batch; kept by the table under its lock.</summary>
    internal int RecordCount { get; set; }
}
