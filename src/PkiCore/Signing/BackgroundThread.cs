namespace PkiCore.Signing;

/// <summary>Threads for work that blocks.</summary>
internal static class BackgroundThread
{
    /// <summary>Starts a thread.</summary>
    /// <returns><see langword="false"/> when the system has none left; those that run already, or a later call, have to do.</returns>
    public static bool TryStart(string name, ThreadStart work)
    {
        try
        {
            new Thread(work) { IsBackground = true, Name = name }.Start();
            return true;
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            return false;
        }
    }
}
