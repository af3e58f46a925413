using System.Formats.Asn1;
using PkiCore.X509;

namespace PkiCore.Fuzz.Oracles;

/// <summary>A PreferredSignatureAlgorithm (RFC 6960 4.4.7.1), read with <see cref="AsnReader"/>.</summary>
/// <param name="Oid">Its OID.</param>
/// <param name="Parameters">Its parameters; <see langword="null"/> when there are none.</param>
internal sealed record ReferencePreference(string Oid, ReadOnlyMemory<byte>? Parameters)
{
    private const string RsaPss = "2A864886F70D01010A";
    private const int MaxCount = 32;

    public static List<ReferencePreference> ReadAll(byte[] value)
    {
        var outer = new AsnReader(value, AsnEncodingRules.DER);
        AsnReader list = outer.ReadSequence();
        AsnReaderExtensions.Check(!outer.HasData);
        var preferences = new List<ReferencePreference>();
        while (list.HasData)
        {
            AsnReader fields = list.ReadSequence();
            preferences.Add(ReadIdentifier(fields));
            if (fields.HasData)
            {
                ReadIdentifier(fields);
            }

            AsnReaderExtensions.Check(!fields.HasData && preferences.Count <= MaxCount);
        }

        return preferences;
    }

    public bool Matches(SignatureAlgorithm algorithm)
    {
        ReferencePreference known = ReadIdentifier(new AsnReader(algorithm.Encoded.ToArray(), AsnEncodingRules.DER));
        return Oid == known.Oid && (Oid != RsaPss || Parameters is null || (ReadHash() is { } hash && hash == known.ReadHash()));
    }

    private static ReferencePreference ReadIdentifier(AsnReader reader)
    {
        AsnReader identifier = reader.ReadSequence();
        string oid = Convert.ToHexString(identifier.ReadObjectIdentifierContents());
        ReadOnlyMemory<byte>? parameters = identifier.HasData ? identifier.ReadAny() : (ReadOnlyMemory<byte>?)null; // not the empty one that null alone becomes
        AsnReaderExtensions.Check(!identifier.HasData);
        return new ReferencePreference(oid, parameters);
    }

    /// <summary>The hash of RSASSA-PSS. What follows it is not looked at.</summary>
    private string? ReadHash()
    {
        try
        {
            AsnReader parameters = new AsnReader(Parameters!.Value, AsnEncodingRules.DER).ReadSequence();
            return Convert.ToHexString(parameters.ReadContext(0).ReadSequence().ReadObjectIdentifierContents());
        }
        catch (AsnContentException)
        {
            return null;
        }
    }
}
