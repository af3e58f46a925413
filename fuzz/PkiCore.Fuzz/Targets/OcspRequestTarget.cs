using PkiCore.Fuzz.Oracles;
using PkiCore.Ocsp;

namespace PkiCore.Fuzz.Targets;

/// <summary>An OCSP request: same verdict and same values as a second parser, and what was parsed can be written again.</summary>
internal static class OcspRequestTarget
{
    public static bool Fuzz(ReadOnlySpan<byte> input)
    {
        bool accepted = OcspRequest.TryParse(input, out OcspRequest request, out OcspRequestError error);
        ReferenceRequest? reference = ReferenceRequest.Read(input.ToArray());
        Oracle.Same(reference is not null, accepted, $"a request is accepted (error {error})");
        Oracle.Same(accepted, error == OcspRequestError.None, "only an accepted request has no error");
        if (reference is not null)
        {
            RequestOracle.CheckValues(reference, request);
            RequestOracle.CheckRewritten(reference, request, input);
        }

        return accepted;
    }
}
