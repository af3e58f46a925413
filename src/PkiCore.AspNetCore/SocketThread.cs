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
    /// Whether a connection has had a thread, this or one of the pool, for itself for long enough. A client that sends request after request without a pause
    /// never lets the server come to an end of reading, and so to other connections.
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
        return true;
    }

    /// <summary>Goes on in the thread pool, behind all that waits there.</summary>
    public static PoolAwaitable Leave() => default;

    /// <summary>A task that yields would go on before all others on its thread of the pool.</summary>
    internal readonly struct PoolAwaitable : ICriticalNotifyCompletion
    {
        private static readonly Action<Action> s_goOn = continuation =>
        {
            // The threads that watch sockets may have been waiting for this processor: the kernel would let the pool go on for some milliseconds.
            Thread.Yield();
            continuation();
        };

        public bool IsCompleted => false;

        public PoolAwaitable GetAwaiter() => this;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => ThreadPool.QueueUserWorkItem(s_goOn, continuation, preferLocal: false);

        public void UnsafeOnCompleted(Action continuation) => ThreadPool.UnsafeQueueUserWorkItem(s_goOn, continuation, preferLocal: false);
    }
}
