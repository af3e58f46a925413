using System.Globalization;
using System.Security.Cryptography;
using PkiCore.Ocsp;
using PkiCore.X509;

namespace PkiCore.Serving;

/// <summary>Replies that were signed together, with one signer and the same times; and what HTTP says of them, made once. Immutable for its users.</summary>
public sealed class SigningBatch
{
    private static long s_lastNumber;

    internal SigningBatch(
        long number, OcspResponseTemplate template, StoredSignature signatureForm, uint lastChange, DateTimeOffset producedAt, DateTimeOffset thisUpdate, DateTimeOffset nextUpdate, DateTimeOffset refreshAt, string? id = null)
    {
        Number = number;
        Template = template;
        ProducedAt = producedAt;
        SignatureForm = signatureForm;
        LastChange = lastChange;
        ThisUpdate = thisUpdate;
        NextUpdate = nextUpdate;
        RefreshAt = refreshAt;

        // Never the same twice, on any machine: a changed answer is always in another batch (docs/architecture.md).
        Id = id ?? $"{producedAt.ToUnixTimeSeconds():x}-{RandomNumberGenerator.GetHexString(24, lowercase: true)}";
        ETag = $"\"{Id}\"";
        LastModified = producedAt.ToString("R", CultureInfo.InvariantCulture);
        Expires = nextUpdate.ToString("R", CultureInfo.InvariantCulture);
    }

    /// <summary>The number of the next batch.</summary>
    internal static long NextNumber() => Interlocked.Increment(ref s_lastNumber);

    /// <summary>When the replies were signed.</summary>
    public DateTimeOffset ProducedAt { get; }

    /// <summary>When their content was known to be true.</summary>
    public DateTimeOffset ThisUpdate { get; }

    /// <summary>When they stop being served.</summary>
    public DateTimeOffset NextUpdate { get; }

    /// <summary>When they are due to be signed again; those that last as long as their source are, once it says something newer.</summary>
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

    /// <summary>How the signatures are kept.</summary>
    internal StoredSignature SignatureForm { get; }

    /// <summary>The latest change that the reading at <see cref="ThisUpdate"/> vouches for. A later one is not signed in this batch (architecture rule 1);
    /// so there is one status of a certificate in one batch, or one ETag would mean two replies.</summary>
    internal uint LastChange { get; }

    /// <summary>The reading that it rests on; nothing is known of that of a batch from a snapshot.</summary>
    internal SourceReading Reading { get; init; }

    /// <summary>Whether the replies may be served: they have not expired, and a clock that was set back has not put them in the future.</summary>
    internal bool IsUsable(DateTimeOffset now) => ProducedAt <= now && now < NextUpdate; // and thisUpdate is not after producedAt

    /// <summary>Whether the replies are to be signed again, or will be soon; but not while they would only say the same again.</summary>
    /// <param name="now">The time.</param>
    /// <param name="soon">What is due by then is due soon; less is soon where the whole life is short.</param>
    /// <param name="reading">What the source said last.</param>
    internal bool IsDue(DateTimeOffset now, DateTimeOffset soon, in SourceReading reading = default)
    {
        TimeSpan life = (NextUpdate - ProducedAt) / ServedIssuer.ForesightShare;
        bool isOld = RefreshAt <= (soon - now < life ? soon : now + life);
        return ProducedAt > now || (isOld && (NextUpdate <= now || !reading.SaysNoMoreThan(this)));
    }

    /// <summary>The number of its group in a table; the table's alone.</summary>
    internal uint Group { get; set; }
}
