using System.Runtime.InteropServices;

namespace PkiCore.Responder.Demo;

/// <summary>Environment variables as native libraries see them: those that <see cref="Environment.SetEnvironmentVariable(string, string?)"/> sets stay in .NET, and SoftHSM asks getenv.</summary>
internal static class NativeEnvironment
{
    /// <summary>Sets a variable. For the start of the program only: native threads may be reading.</summary>
    public static void Set(string name, string value)
    {
        Environment.SetEnvironmentVariable(name, value); // for child processes
        if (SetEnv(name, value, 1) != 0)
        {
            throw new InvalidOperationException($"{name} could not be set.");
        }
    }

    [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetEnv(string name, string value, int overwrite);
}
