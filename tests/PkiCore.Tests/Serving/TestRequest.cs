using System.Formats.Asn1;
using PkiCore.X509;

namespace PkiCore.Tests.Serving;

/// <summary>Builds OCSP requests, also unusual ones, without the library's own writer.</summary>
internal sealed class TestRequest
{
    public const string NonceOid = "1.3.6.1.5.5.7.48.1.2";
    public const string AcceptableResponsesOid = "1.3.6.1.5.5.7.48.1.4";
    public const string PreferredAlgorithmsOid = "1.3.6.1.5.5.7.48.1.8";

    private readonly List<byte[]> _requests = [];
    private readonly List<(string Oid, bool Critical, byte[] Value)> _extensions = [];
    private string? _requestorName;
    private bool _signed;

    public static byte[] For(Issuer issuer, string serial, CertIdHash hash = CertIdHash.Sha256) => new TestRequest().Add(issuer, serial, hash).Encode();

    public TestRequest Add(Issuer issuer, string serial, CertIdHash hash = CertIdHash.Sha256, bool absentParameters = false) =>
        Add(Oid(hash), issuer.GetNameHash(hash), issuer.GetKeyHash(hash), Contents(serial), absentParameters);

    public TestRequest Add(string hashOid, ReadOnlySpan<byte> nameHash, ReadOnlySpan<byte> keyHash, ReadOnlySpan<byte> serialContents, bool absentParameters = false)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(hashOid);
                if (!absentParameters)
                {
                    writer.WriteNull();
                }
            }

            writer.WriteOctetString(nameHash);
            writer.WriteOctetString(keyHash);
            writer.WriteInteger(serialContents);
        }

        _requests.Add(writer.Encode());
        return this;
    }

    public TestRequest WithNonce(ReadOnlySpan<byte> nonce)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteOctetString(nonce);
        return WithExtension(NonceOid, critical: false, writer.Encode());
    }

    public TestRequest WithExtension(string oid, bool critical, byte[] value)
    {
        _extensions.Add((oid, critical, value));
        return this;
    }

    public TestRequest WithRequestorName(string dnsName)
    {
        _requestorName = dnsName;
        return this;
    }

    /// <summary>Adds a signature, which is not one.</summary>
    public TestRequest Signed()
    {
        _signed = true;
        return this;
    }

    public byte[] Encode()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            WriteToBeSigned(writer);
            if (_signed)
            {
                using (writer.PushSequence(Context(0)))
                using (writer.PushSequence())
                {
                    using (writer.PushSequence())
                    {
                        writer.WriteObjectIdentifier("1.2.840.10045.4.3.2");
                    }

                    writer.WriteBitString([1, 2, 3]);
                }
            }
        }

        return writer.Encode();
    }

    private void WriteToBeSigned(AsnWriter writer)
    {
        using (writer.PushSequence())
        {
            if (_requestorName is not null)
            {
                using (writer.PushSequence(Context(1)))
                {
                    writer.WriteCharacterString(UniversalTagNumber.IA5String, _requestorName, new Asn1Tag(TagClass.ContextSpecific, 2));
                }
            }

            using (writer.PushSequence())
            {
                _requests.ForEach(request => writer.WriteEncodedValue(request));
            }

            if (_extensions.Count > 0)
            {
                using (writer.PushSequence(Context(2)))
                using (writer.PushSequence())
                {
                    _extensions.ForEach(extension => WriteExtension(writer, extension.Oid, extension.Critical, extension.Value));
                }
            }
        }
    }

    private static void WriteExtension(AsnWriter writer, string oid, bool critical, byte[] value)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
            if (critical)
            {
                writer.WriteBoolean(true);
            }

            writer.WriteOctetString(value);
        }
    }

    public static byte[] Contents(string serial)
    {
        Assert.True(SerialNumber.TryParse(serial, out SerialNumber parsed));
        byte[] contents = new byte[parsed.Length];
        parsed.CopyTo(contents);
        return contents;
    }

    private static Asn1Tag Context(int number) => new(TagClass.ContextSpecific, number, isConstructed: true);

    private static string Oid(CertIdHash hash) => hash switch
    {
        CertIdHash.Sha1 => "1.3.14.3.2.26",
        CertIdHash.Sha224 => "2.16.840.1.101.3.4.2.4",
        CertIdHash.Sha256 => "2.16.840.1.101.3.4.2.1",
        CertIdHash.Sha384 => "2.16.840.1.101.3.4.2.2",
        _ => "2.16.840.1.101.3.4.2.3",
    };
}
