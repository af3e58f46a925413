using System.CommandLine;

namespace PkiCore.Responder.Commands;

/// <summary><c>crl</c>: makes CRLs once, and looks at CRLs of anybody.</summary>
internal static class CrlCommand
{
    public static Command Create() => new("crl", "Make, print, verify and compare CRLs (RFC 5280). 'serve' publishes them all the time.")
    {
        CrlBuildCommand.Create(),
        CrlShowCommand.Create(),
        CrlVerifyCommand.Create(),
        CrlDiffCommand.Create(),
    };
}
