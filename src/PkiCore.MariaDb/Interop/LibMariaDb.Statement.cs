using System.Runtime.InteropServices;

namespace PkiCore.MariaDb.Interop;

/// <summary>Prepared statements.</summary>
internal static unsafe partial class LibMariaDb
{
    [LibraryImport(File)]
    internal static partial nint mysql_stmt_init(MySqlHandle mysql);

    [LibraryImport(File)]
    internal static partial byte mysql_stmt_close(nint statement);

    [LibraryImport(File)]
    internal static partial int mysql_stmt_prepare(StatementHandle statement, byte* text, CULong length);

    [LibraryImport(File)]
    internal static partial CULong mysql_stmt_param_count(StatementHandle statement);

    [LibraryImport(File)]
    internal static partial byte mysql_stmt_bind_param(StatementHandle statement, MYSQL_BIND* binds);

    [LibraryImport(File)]
    internal static partial int mysql_stmt_execute(StatementHandle statement);

    [LibraryImport(File)]
    internal static partial uint mysql_stmt_field_count(StatementHandle statement);

    [LibraryImport(File)]
    internal static partial ulong mysql_stmt_affected_rows(StatementHandle statement);

    [LibraryImport(File)]
    internal static partial nint mysql_stmt_result_metadata(StatementHandle statement);

    [LibraryImport(File)]
    internal static partial MYSQL_FIELD* mysql_fetch_fields(nint result);

    [LibraryImport(File)]
    internal static partial byte mysql_stmt_bind_result(StatementHandle statement, MYSQL_BIND* binds);

    // Once per row, so without the marshalling of a SafeHandle: the caller holds a reference for the whole loop.
    [LibraryImport(File)]
    internal static partial int mysql_stmt_fetch(nint statement);

    [LibraryImport(File)]
    internal static partial int mysql_stmt_fetch_column(nint statement, MYSQL_BIND* bind, uint column, CULong offset);

    [LibraryImport(File)]
    internal static partial byte mysql_stmt_free_result(StatementHandle statement);

    [LibraryImport(File)]
    internal static partial byte mysql_stmt_more_results(StatementHandle statement);

    [LibraryImport(File)]
    internal static partial int mysql_stmt_next_result(StatementHandle statement);

    [LibraryImport(File)]
    internal static partial uint mysql_stmt_errno(StatementHandle statement);

    [LibraryImport(File)]
    internal static partial byte* mysql_stmt_error(StatementHandle statement);

    [LibraryImport(File)]
    internal static partial byte* mysql_stmt_sqlstate(StatementHandle statement);
}
