namespace PkiCore.Fuzz.Coverage;

/// <summary>A place in the code that counts how often it is passed. Its index among all points is its counter.</summary>
/// <param name="File">The source file, from the root of the repository.</param>
/// <param name="Method">The method, for messages.</param>
/// <param name="StartLine">The line on which the statement begins; 0 where only a branch ends.</param>
internal sealed record CoveragePoint(string File, string Method, int StartLine);
