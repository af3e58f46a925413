using System.Text;
using PkiCore.Asn1;

namespace PkiCore.X509;

/// <summary>GeneralNames (RFC 5280 4.2.1.6), of which only URIs and directory names are of use here.</summary>
internal static class GeneralNames
{
    public const byte DirectoryName = 0xA4;
    public const byte Uri = 0x86;

    /// <summary>Reads one GeneralName.</summary>
    /// <param name="names">The contents of GeneralNames, or of a choice of one.</param>
    /// <param name="tag">Which kind it is.</param>
    /// <param name="contents">Its contents; of a directory name the whole Name.</param>
    public static bool TryRead(scoped ref DerReader names, out byte tag, out ReadOnlySpan<byte> contents)
    {
        contents = default;
        tag = names.IsEmpty ? (byte)0 : names.Remaining[0];
        bool isKnown = tag is 0xA0 or 0x81 or 0x82 or 0xA3 or DirectoryName or 0xA5 or Uri or 0x87 or 0x88;
        return isKnown && names.TryRead(tag, out contents)
            && (tag != Uri || Ascii.IsValid(contents)) // IA5String
            && (tag != DirectoryName || DistinguishedName.IsWellFormed(contents));
    }

    /// <summary>Adds the URIs among GeneralNames to a list; there is one name or more.</summary>
    /// <param name="names">The contents of GeneralNames.</param>
    /// <param name="uris">The list.</param>
    public static bool TryReadUris(ref DerReader names, List<string> uris)
    {
        do
        {
            if (!TryRead(ref names, out byte tag, out ReadOnlySpan<byte> contents))
            {
                return false;
            }

            if (tag == Uri)
            {
                uris.Add(Encoding.ASCII.GetString(contents));
            }
        }
        while (!names.IsEmpty);
        return true;
    }

    /// <summary>Checks GeneralNames, whatever is in them.</summary>
    public static bool AreWellFormed(ref DerReader names)
    {
        do
        {
            if (!TryRead(ref names, out _, out _))
            {
                return false;
            }
        }
        while (!names.IsEmpty);
        return true;
    }
}
