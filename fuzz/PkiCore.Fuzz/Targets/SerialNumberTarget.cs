using PkiCore.Fuzz.Oracles;

namespace PkiCore.Fuzz.Targets;

/// <summary>A serial number: after a <c>T</c> the text that OpenSSL writes, after any other byte the contents of an INTEGER.</summary>
internal static class SerialNumberTarget
{
    public static bool Fuzz(ReadOnlySpan<byte> input) => input switch
    {
        [] => SerialOracle.CheckContents(input),
        [(byte)'T', ..] => SerialOracle.CheckText(input[1..]),
        _ => SerialOracle.CheckContents(input[1..]),
    };
}
