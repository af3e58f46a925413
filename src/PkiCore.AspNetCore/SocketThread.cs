using System.Runtime.CompilerServices;

namespace PkiCore.AspNetCore;

/// <summary>
/// The host has requests answered on the threads that watch its sockets. Whoever is there keeps all other connections of that thread waiting: what takes
/// long, or might wait, goes on in the thread pool. On a server that uses the pool anyway nothing changes.
/// </summary>
internal static class SocketThread
{
    /// <summary>So many requests of one connection in a row are no coincidence.</summary>
    private const int MostInARow = 32;

    [ThreadStatic]
    private static object? t_connection;

    [ThreadStatic]
    private static int t_count;

    /// <summary>Whether this is such a thread.</summary>
    public static bool IsCurrent => !Thread.CurrentThread.IsThreadPoolThread;

    /// <summary>
    /// Whether a connection has had the thread for itself for long enough. A client that sends request after request without a pause never lets the server
    /// come to an end of reading, and so to other connections.
    /// </summary>
    /// <param name="connection">What a server has one of for each connection: it uses the context of a request again for the next.</param>
    public static bool IsKeptBy(object connection)
    {
        if (!ReferenceEquals(t_connection, connection))
        {
            (t_connection, t_count) = (connection, 0);
        }

        if (++t_count <= MostInARow)
        {
            return false;
        }

        t_count = 0;
        return IsCurrent;
    }

    /// <summary>Goes on in the thread pool.</summary>
    public static ConfiguredTaskAwaitable Leave() => Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
}
