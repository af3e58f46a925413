using System.Globalization;
using System.Security.Cryptography;
using PkiCore.Ocsp;

namespace PkiCore.Serving;

/// <summary>Replies that were signed together, with one signer and the same times; and what HTTP says of them, made once. Immutable for its users.</summary>
public sealed class SigningBatch
{
    internal SigningBatch(OcspResponseTemplate template, DateTimeOffset producedAt, DateTimeOffset watermark, DateTimeOffset thisUpdate, DateTimeOffset nextUpdate, DateTimeOffset refreshAt)
    {
        Template = template;
        ProducedAt = producedAt;
        Watermark = watermark;
        ThisUpdate = thisUpdate;
        NextUpdate = nextUpdate;
        RefreshAt = refreshAt;

        // Never the same twice, on any machine: a changed answer is always in another batch (DESIGN section 5).
        ETag = $"\"{producedAt.ToUnixTimeSeconds():x}-{RandomNumberGenerator.GetHexString(24, lowercase: true)}\"";
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

    internal OcspResponseTemplate Template { get; }

    /// <summary>The source's watermark to the tick; <see cref="ThisUpdate"/> is its whole second.</summary>
    internal DateTimeOffset Watermark { get; }

    /// <summary>How many records of the table are in this batch; kept by the table under its lock.</summary>
    internal int RecordCount { get; set; }
}
