namespace PkiCore.Fuzz.Seeded;

/// <summary>A bug to put into a copy of the sources, to show that fuzzing finds it.</summary>
/// <param name="Name">What the bug does.</param>
/// <param name="Target">The target that is to find it.</param>
/// <param name="File">The file it goes into.</param>
/// <param name="Right">A piece of that file, found there exactly once.</param>
/// <param name="Wrong">What stands there instead.</param>
internal sealed record SeededBug(string Name, string Target, string File, string Right, string Wrong)
{
    public override string ToString() => Name;
}
