using System.Globalization;
using PkiCore.Status;

namespace PkiCore.Galera.Feed;

/// <summary>A place in the history of a CA: the last change that was read, and the digest that proves which history it belongs to.</summary>
/// <param name="Number">The change.</param>
/// <param name="Digest">Its digest.</param>
/// <param name="AcceptedAt">When an operator had last accepted this history.</param>
internal sealed record HistoryPosition(ulong Number, ChangeDigest Digest, DateTimeOffset? AcceptedAt)
{
    private const string Form = "galera1";

    /// <summary>Reads a position that a source gave before.</summary>
    /// <returns><see langword="null"/> for the beginning, and for anything else that it cannot go on from.</returns>
    public static HistoryPosition? TryParse(SourcePosition position)
    {
        string[] parts = position.Value?.Split(' ') ?? [];
        Span<byte> digest = stackalloc byte[ChangeDigest.Length];
        return parts is [Form, _, { Length: 2 * ChangeDigest.Length }, _]
            && ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            && Convert.FromHexString(parts[2], digest, out _, out _) == System.Buffers.OperationStatus.Done
            && long.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out long ticks) && ticks <= DateTime.MaxValue.Ticks
            ? new HistoryPosition(number, ChangeDigest.From(digest), ticks == 0 ? null : new DateTimeOffset(ticks, TimeSpan.Zero))
            : null;
    }

    public SourcePosition ToSourcePosition() => new(FormattableString.Invariant($"{Form} {Number} {Digest} {AcceptedAt?.UtcTicks ?? 0}"));
}
