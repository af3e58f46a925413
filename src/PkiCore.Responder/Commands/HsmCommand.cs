using System.CommandLine;

namespace PkiCore.Responder.Commands;

/// <summary><c>hsm</c>: tries out tokens before the responder depends on them.</summary>
internal static class HsmCommand
{
    public static Command Create() => new("hsm", "Try out HSMs: list tokens and keys, sign once, measure signatures per second.")
    {
        HsmListCommand.Create(),
        HsmTestCommand.Create(),
        HsmBenchCommand.Create(),
    };
}
