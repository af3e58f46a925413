using System.Runtime.InteropServices;

namespace PkiCore.MariaDb.Interop;

/// <summary>MariaDB Connector/C 3.3 (libmariadb.so.3). C names are kept; every function but the loader belongs on a connection's own thread.</summary>
internal static unsafe partial class LibMariaDb
{
    internal const string File = "libmariadb.so.3";

    internal const ulong ClientFoundRows = 2;
    internal const int NoData = 100;
    internal const int DataTruncated = 101;

    [LibraryImport(File)]
    internal static partial int mysql_server_init(int argc, nint argv, nint groups);

    [LibraryImport(File)]
    internal static partial byte mysql_thread_init();

    [LibraryImport(File)]
    internal static partial void mysql_thread_end();

    [LibraryImport(File)]
    internal static partial nint mysql_init(nint mysql);

    [LibraryImport(File)]
    internal static partial void mysql_close(nint mysql);

    [LibraryImport(File)]
    internal static partial int mysql_options(MySqlHandle mysql, MySqlOption option, void* value);

    [LibraryImport(File)]
    internal static partial void mysql_set_local_infile_handler(MySqlHandle mysql, nint init, nint read, nint end, nint error, nint userData);

    [LibraryImport(File)]
    internal static partial nint mysql_real_connect(
        MySqlHandle mysql, byte* host, byte* user, byte* password, byte* database, uint port, byte* unixSocket, CULong flags);

    [LibraryImport(File)]
    internal static partial uint mysql_errno(MySqlHandle mysql);

    [LibraryImport(File)]
    internal static partial byte* mysql_error(MySqlHandle mysql);

    [LibraryImport(File)]
    internal static partial byte* mysql_sqlstate(MySqlHandle mysql);

    [LibraryImport(File)]
    internal static partial byte* mysql_get_ssl_cipher(MySqlHandle mysql);

    [LibraryImport(File)]
    internal static partial byte* mysql_get_server_info(MySqlHandle mysql);

    [LibraryImport(File)]
    internal static partial int mysql_get_socket(MySqlHandle mysql);

    [LibraryImport(File)]
    internal static partial int mysql_ping(MySqlHandle mysql);

    [LibraryImport(File)]
    internal static partial int mysql_reset_connection(MySqlHandle mysql);

    [LibraryImport(File)]
    internal static partial int mysql_real_query(MySqlHandle mysql, byte* statement, CULong length);

    [LibraryImport(File)]
    internal static partial uint mysql_field_count(MySqlHandle mysql);

    [LibraryImport(File)]
    internal static partial nint mysql_use_result(MySqlHandle mysql);

    [LibraryImport(File)]
    internal static partial byte** mysql_fetch_row(nint result);

    [LibraryImport(File)]
    internal static partial void mysql_free_result(nint result);
}
