using PkiCore.Fuzz.Oracles;
using PkiCore.Status;

namespace PkiCore.Fuzz.Targets;

/// <summary>A line of index.txt: same verdict and same values as a second parser, and the change can be written as a line again.</summary>
internal static class IndexLineTarget
{
    public static bool Fuzz(ReadOnlySpan<byte> input)
    {
        string? problem = OpenSslIndexLine.TryParse(input, out StatusChange change);
        StatusChange? expected = ReferenceIndexLine.Read(input);
        Oracle.Same(expected is not null, problem is null, $"a line is accepted ({problem})");
        Oracle.Require(problem is null || change == default || change.Status.IsRevoked, "a bad line says nothing but that a certificate is revoked");
        Oracle.Same(ReferenceIndexLine.ReadRevokedSerial(input), change.Status.IsRevoked ? change.Serial : null, "who is revoked, whatever else is wrong with the line");
        if (expected is not null)
        {
            Oracle.Same(expected.Value, change, "status change");
            Oracle.Require(OpenSslIndexLine.TryParse(ReferenceIndexLine.Write(change), out StatusChange again) is null, "the change can be written as a line");
            Oracle.Same(change, again, "status change written and read");
        }

        return problem is null;
    }
}
