using PkiCore.Crl;
using PkiCore.Fuzz.Oracles;

namespace PkiCore.Fuzz.Targets;

/// <summary>A CRL: what is accepted is so for a second parser, too, with the same values; and it does not matter how the stream parts the bytes.</summary>
internal static class CrlTarget
{
    public static bool Fuzz(ReadOnlySpan<byte> input)
    {
        byte[] bytes = input.ToArray();
        CrlContents? contents = Read(new MemoryStream(bytes), out string? fault);
        CrlContents? again = Read(new MemoryStream(bytes), out string? sameFault);
        Oracle.Same(fault, sameFault, "the fault when read again");
        Oracle.Same(contents is null, again is null, "accepted when read again");
        if (contents is not null)
        {
            Oracle.Require(contents.HasSame(again!), "the entries are the same when read again");
            ReferenceCrl.Check(bytes, contents);
        }

        return contents is not null;
    }

    private static CrlContents? Read(Stream stream, out string? fault)
    {
        fault = null;
        try
        {
            using var reader = new CrlReader(stream);
            return CrlContents.Of(reader);
        }
        catch (InvalidDataException e)
        {
            fault = e.Message; // any other exception is a crash
            return null;
        }
    }
}
