using System.Reflection;

namespace PkiCore.Testing;

/// <summary>What was built.</summary>
public static class BuildVersion
{
    /// <summary>The commit that was checked out, in short; the SDK puts it behind the version.</summary>
    public static string Commit { get; } =
        typeof(BuildVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+') is [_, { Length: >= 8 } commit] ? commit[..8] : "of no commit";
}
