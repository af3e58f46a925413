using System.Reflection;

namespace PkiCore.Testing;

/// <summary>What was built.</summary>
public static class BuildVersion
{
    /// <summary>The commit that was checked out, in short, with <c>-dirty</c> behind it when there were changes; it stands behind the version.</summary>
    public static string Commit { get; } =
        typeof(BuildVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+') is [_, { Length: >= 8 } commit] ? commit : "of no commit";
}
