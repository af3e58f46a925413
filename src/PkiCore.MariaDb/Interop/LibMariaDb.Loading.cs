using System.Runtime.InteropServices;

namespace PkiCore.MariaDb.Interop;

/// <summary>Loading the library.</summary>
internal static unsafe partial class LibMariaDb
{
    private static readonly Lazy<string?> s_fault = new(Load);

    /// <summary>Makes the library ready, once, before any thread uses it.</summary>
    /// <exception cref="MariaDbException">It is not there.</exception>
    internal static void EnsureLoaded()
    {
        if (s_fault.Value is { } fault)
        {
            throw new MariaDbException(0, null, fault);
        }
    }

    private static string? Load()
    {
        if (!NativeLibrary.TryLoad(File, out _))
        {
            return $"{File} (MariaDB Connector/C) cannot be loaded; install the Debian package libmariadb3.";
        }

        return mysql_server_init(0, 0, 0) == 0 ? null : $"{File} could not be initialised.";
    }
}
