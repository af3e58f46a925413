using PkiCore.MariaDb.Interop;
using PkiCore.MariaDb.Parameters;
using PkiCore.MariaDb.Results;

namespace PkiCore.MariaDb.Sessions;

/// <summary>A statement that the server knows. It lives on the connection's thread.</summary>
internal sealed unsafe class PreparedStatement(NativeSession session, StatementHandle handle)
{
    // The server's own limit.
    private const int MostColumns = 4096;

    internal StatementHandle Handle => handle;

    internal NativeSession Session => session;

    internal void Prepare(byte[] text)
    {
        fixed (byte* pointer = text)
        {
            Check(LibMariaDb.mysql_stmt_prepare(handle, pointer, new((nuint)text.Length)));
        }
    }

    /// <summary>Sends parameters and reads the head of the result.</summary>
    /// <param name="parameters">As many as the statement has.</param>
    /// <returns>The result; null when the statement has none.</returns>
    internal ResultColumn[]? Execute(ParameterBuffer parameters)
    {
        int expected = (int)LibMariaDb.mysql_stmt_param_count(handle).Value;
        if (expected != parameters.Count)
        {
            throw new InvalidOperationException($"The statement has {expected} parameters, {parameters.Count} were given.");
        }

        if (expected > 0)
        {
            Check(LibMariaDb.mysql_stmt_bind_param(handle, parameters.Binds));
        }

        Check(LibMariaDb.mysql_stmt_execute(handle));
        return LibMariaDb.mysql_stmt_field_count(handle) == 0 ? null : ReadColumns();
    }

    internal long AffectedRows => (long)LibMariaDb.mysql_stmt_affected_rows(handle);

    /// <summary>Reads what is left of the result, and of those that a procedure has behind it.</summary>
    internal void FreeResult()
    {
        _ = LibMariaDb.mysql_stmt_free_result(handle);
        while (LibMariaDb.mysql_stmt_more_results(handle) != 0)
        {
            Check(LibMariaDb.mysql_stmt_next_result(handle));
            _ = LibMariaDb.mysql_stmt_free_result(handle);
        }
    }

    /// <summary>The error of the last call. Where a connection was lost in the middle of a result, only the connection knows.</summary>
    internal MariaDbException Fault() => LibMariaDb.mysql_stmt_errno(handle) != 0
        ? session.Fault(Faults.Of(handle, session.Settings.Target))
        : session.Fault();

    internal void Check(int result)
    {
        if (result != 0)
        {
            throw Fault();
        }
    }

    private ResultColumn[] ReadColumns()
    {
        nint metadata = LibMariaDb.mysql_stmt_result_metadata(handle);
        if (metadata == 0)
        {
            throw Fault();
        }

        try
        {
            uint count = LibMariaDb.mysql_stmt_field_count(handle);
            if (count > MostColumns)
            {
                throw new MariaDbException(ErrorNumbers.Malformed, null, $"A result cannot have {count} columns.");
            }

            MYSQL_FIELD* fields = LibMariaDb.mysql_fetch_fields(metadata);
            var columns = new ResultColumn[(int)count];
            for (int i = 0; i < columns.Length; i++)
            {
                columns[i] = ResultColumn.From(fields[i]);
            }

            return columns;
        }
        catch (MariaDbException e)
        {
            throw session.Fault(new MariaDbException(e.Number, null, $"{session.Settings.Target}: {e.Message}"));
        }
        finally
        {
            LibMariaDb.mysql_free_result(metadata);
        }
    }
}
