using PkiCore.MariaDb.Sessions;

namespace PkiCore.MariaDb.Results;

/// <summary>What a statement did: rows changed, or a stream of rows.</summary>
internal sealed class ExecuteResult(NativeSession session, PreparedStatement? close, ResultStream? stream, long affectedRows) : IContinued
{
    internal ResultStream? Stream => stream;

    internal long AffectedRows => affectedRows;

    /// <summary>On the thread, while the caller reads already.</summary>
    public void Continue(bool abandoned)
    {
        if (abandoned)
        {
            stream?.Abort();
        }

        stream?.Pump();
        if (close is not null)
        {
            session.Close(close);
        }
    }
}
