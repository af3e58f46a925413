namespace PkiCore.Galera.Feed;

/// <summary>How far the history of a CA goes in the database: a row of the table history.</summary>
/// <param name="IssuerId">The CA's number there.</param>
/// <param name="LastChange">The latest change; 0 when there was none.</param>
/// <param name="LastDigest">Its digest.</param>
/// <param name="FirstChange">The oldest change that is still there.</param>
/// <param name="AcceptedAt">When an operator last said that this is the history to follow.</param>
internal sealed record HistoryHead(uint IssuerId, ulong LastChange, ChangeDigest LastDigest, ulong FirstChange, DateTimeOffset? AcceptedAt);
