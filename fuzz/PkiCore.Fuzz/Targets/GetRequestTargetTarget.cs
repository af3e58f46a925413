using System.Text;
using PkiCore.AspNetCore;
using PkiCore.Fuzz.Oracles;

namespace PkiCore.Fuzz.Targets;

/// <summary>The target of a GET: same verdict and same request as a second decoder, in no more room, and the request can be written and read again.</summary>
internal static class GetRequestTargetTarget
{
    private const int MaxPadding = 2;
    private const string PathBase = "/app";
    private static readonly string[] s_prefixes = ["/ca/ocsp", "/ocsp", ""];

    public static bool Fuzz(ReadOnlySpan<byte> input)
    {
        string target = Encoding.Latin1.GetString(input);
        byte[]? request = Decode(target, target.Length + MaxPadding);
        ReferenceGetRequest? expected = ReferenceGetRequest.Read(target, PathBase, s_prefixes);
        Oracle.Require(request is not null || expected is null, "a target is refused");
        Oracle.Require(request is null || expected is not null, "a target is accepted");
        if (request is null)
        {
            return false;
        }

        Oracle.SameBytes(expected!.Contents, request, "request");
        Oracle.SameBytes(request, Decode(target, expected.Room), "request decoded in just enough room");
        Oracle.Require(Decode(target, expected.Room - 1) is null, "too little room is refused");
        foreach (string written in ReferenceGetRequest.Write(request))
        {
            Oracle.SameBytes(request, Decode(written, written.Length + MaxPadding), $"request written as {written}");
        }

        return true;
    }

    private static byte[]? Decode(string target, int room)
    {
        byte[] destination = new byte[room];
        return GetRequestTarget.TryDecode(target, PathBase, s_prefixes, destination, out int length) ? destination[..length] : null;
    }
}
