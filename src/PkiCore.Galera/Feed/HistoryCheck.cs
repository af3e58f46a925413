namespace PkiCore.Galera.Feed;

/// <summary>What a head says to somebody who has read up to a position.</summary>
internal enum HistoryStep
{
    /// <summary>There is nothing new, or the node is behind.</summary>
    Nothing,

    /// <summary>There are changes to read.</summary>
    Changes,

    /// <summary>Changes that would have to be read were pruned, or an operator wants this history to be followed: everything is to be read again.</summary>
    ReadAgain,

    /// <summary>It is another history, or one that has lost its end.</summary>
    OtherHistory,
}

/// <summary>Tells whether a history goes on from where it was read.</summary>
internal static class HistoryCheck
{
    /// <param name="position">How far it was read.</param>
    /// <param name="head">The head now.</param>
    /// <param name="isComplete">Whether the head was read causally, by a reading that began after the position was reached: then nothing can be missing from it.</param>
    /// <param name="isRefused">Whether the history was refused before: then it proves nothing that its changes were pruned meanwhile.</param>
    /// <param name="why">Why it is to be read again or refused.</param>
    public static HistoryStep Compare(HistoryPosition position, HistoryHead head, bool isComplete, bool isRefused, out string? why)
    {
        bool isOther = head.LastChange == position.Number && head.LastDigest != position.Digest;
        bool isRewound = isComplete && head.LastChange < position.Number;
        bool isAccepted = head.AcceptedAt > (position.AcceptedAt ?? DateTimeOffset.MinValue);
        why = isOther ? $"change {position.Number} in the database is another one than the one that was read before"
            : isRewound ? $"the database has lost changes: it ends with {head.LastChange}, and {position.Number} was read from it before"
            : head.LastChange > position.Number && head.FirstChange > position.Number + 1 ? $"changes {position.Number + 1} to {head.FirstChange - 1} were pruned"
            : null;
        return why is null ? (head.LastChange > position.Number ? HistoryStep.Changes : HistoryStep.Nothing)
            : !isOther && !isRewound && !isRefused ? HistoryStep.ReadAgain
            : isAccepted ? HistoryStep.ReadAgain
            : HistoryStep.OtherHistory;
    }
}
