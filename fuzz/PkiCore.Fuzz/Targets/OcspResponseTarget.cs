using PkiCore.Fuzz.Oracles;
using PkiCore.Ocsp;

namespace PkiCore.Fuzz.Targets;

/// <summary>An OCSP response: same verdict and same values as a second parser, and what was parsed can be put together again.</summary>
internal static class OcspResponseTarget
{
    public static bool Fuzz(ReadOnlySpan<byte> input)
    {
        OcspResponse? response = OcspResponse.Parse(input);
        ReferenceResponse? reference = ReferenceResponse.Read(input.ToArray());
        Oracle.Same(reference is not null, response is not null, "a response is accepted");
        if (reference is not null)
        {
            ResponseOracle.CheckValues(reference, response!);
            ResponseOracle.CheckRewritten(reference, response!, input);
        }

        return response is not null;
    }
}
