namespace PkiCore.MariaDb.Sessions;

internal static class TaskExtensions
{
    /// <summary>
    /// For code that serves synchronous and asynchronous callers: a synchronous one blocks here, so that the await behind finds the
    /// task complete and no continuation needs a thread of the pool.
    /// </summary>
    internal static Task<T> Wait<T>(this Task<T> task, bool async)
    {
        if (!async)
        {
            ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        }

        return task;
    }

    /// <summary>The result of code that was called with async: false and is therefore complete.</summary>
    internal static T Result<T>(this ValueTask<T> task)
    {
        System.Diagnostics.Debug.Assert(task.IsCompleted);
        return task.GetAwaiter().GetResult();
    }

    internal static void Result(this ValueTask task)
    {
        System.Diagnostics.Debug.Assert(task.IsCompleted);
        task.GetAwaiter().GetResult();
    }
}
