using System.Data.Common;

namespace PkiCore.Galera.Writing;

/// <summary>What is to be done about a transaction that failed.</summary>
internal enum WriteFaultKind
{
    /// <summary>Somebody else was first: try again, here.</summary>
    Conflict,

    /// <summary>The node has trouble: try again, perhaps on another one.</summary>
    Node,

    /// <summary>It would fail again: tell the caller.</summary>
    Final,
}

/// <summary>Why a transaction failed.</summary>
/// <param name="Kind">What is to be done about it.</param>
/// <param name="Message">For the caller, should it stay so.</param>
/// <param name="Exception">What was thrown.</param>
internal sealed record WriteFault(WriteFaultKind Kind, string Message, Exception Exception)
{
    private const int CheckRead = 1020;
    private const int UnknownDatabase = 1049;
    private const int DuplicateKey = 1062;
    private const int DatabaseAccessDenied = 1044;
    private const int TableAccessDenied = 1142;
    private const int ColumnAccessDenied = 1143;
    private const int NoSuchTable = 1146;
    private const int NoSuchColumn = 1054;
    private const int LockWaitTimeout = 1205;
    private const int Deadlock = 1213;
    private const int QueryInterrupted = 1317;

    /// <summary>The history is not any more what it was when it was read.</summary>
    public static WriteFault HeadMoved { get; } = new(WriteFaultKind.Conflict, "other writers were always first", new InvalidOperationException("The head of the history moved."));

    /// <summary>Whether the server itself says that the transaction was rolled back, also when it was to be committed.</summary>
    public bool IsRolledBack => Exception is DbException e && ServerError.Number(e) is Deadlock or CheckRead;

    /// <summary>Whether it may be the fault of one call alone, which is not to spoil the others.</summary>
    public bool IsOfData { get; private init; }

    /// <param name="exception">What was thrown.</param>
    /// <param name="node">The node's name.</param>
    public static WriteFault Of(Exception exception, string node) => exception switch
    {
        DbException e => Of(e, ServerError.Number(e), node),
        TransactionGoneException => new WriteFault(WriteFaultKind.Conflict, "other writers were always first", exception),
        OperationCanceledException or TimeoutException => new WriteFault(WriteFaultKind.Node, $"{node} did not answer in time", exception),
        RevocationStoreException or InvalidDataException => new WriteFault(WriteFaultKind.Final, $"{node}: {exception.Message}", exception) { IsOfData = exception is InvalidDataException },
        _ => new WriteFault(WriteFaultKind.Node, $"{node}: {exception.Message}", exception),
    };

    private static WriteFault Of(DbException e, int number, string node) => number switch
    {
        // 1062: a concurrent twin with the same operation id; it is found when it is looked for again.
        CheckRead or Deadlock or DuplicateKey or LockWaitTimeout or QueryInterrupted => new WriteFault(WriteFaultKind.Conflict, $"other writers were always first ({number})", e),
        ServerError.AccessDenied => new WriteFault(WriteFaultKind.Final, $"{node} does not let this user in: check user, client certificate and REQUIRE SUBJECT ({e.Message})", e),
        DatabaseAccessDenied or TableAccessDenied or ColumnAccessDenied => new WriteFault(WriteFaultKind.Final, $"this user lacks a grant: apply users.sql of this version ({e.Message})", e),
        NoSuchTable or NoSuchColumn or UnknownDatabase => new WriteFault(WriteFaultKind.Final, $"the schema is missing or too old: run 'db migrate' ({e.Message})", e),
        _ when e.IsTransient || IsOfNode(number) => new WriteFault(WriteFaultKind.Node, $"{node}: {e.Message}", e),
        _ => new WriteFault(WriteFaultKind.Final, $"{node}: error {number}: {e.Message}", e) { IsOfData = true },
    };

    /// <summary>Errors of the client library, 2000 to 2999 and 5000 to 5999, and those that another node may not have.</summary>
    private static bool IsOfNode(int number) => number is 0 or (>= 2000 and < 3000) or (>= 5000 and < 6000)
        or ServerError.TooManyConnections or ServerError.NotReady or ServerError.HostIsBlocked or ServerError.HostNotPrivileged
        or 1021 or 1053 or 1152 or 1158 or 1159 or 1160 or 1161 or 1180 or 1184 or 1203 or 1226 or 1290 or 1836 or 1927; // disk full, shutdown, network, commit failed, too many connections of this user, read-only, killed
}
