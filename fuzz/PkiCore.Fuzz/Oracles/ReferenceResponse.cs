using System.Formats.Asn1;

namespace PkiCore.Fuzz.Oracles;

/// <summary>A second parser of OCSP responses: on <see cref="AsnReader"/>, straight from RFC 6960 4.2.1.</summary>
internal sealed class ReferenceResponse
{
    public int Status { get; private init; }

    public ReadOnlyMemory<byte> ToBeSigned { get; private set; }

    public byte[] ResponderName { get; private set; } = [];

    public byte[] ResponderKeyHash { get; private set; } = [];

    public DateTimeOffset ProducedAt { get; private set; }

    public List<ReferenceSingleResponse> Responses { get; } = [];

    public byte[] Nonce { get; private set; } = [];

    public bool HasExtendedRevoke { get; private set; }

    public bool HasUnknownCriticalExtension { get; private set; }

    public ReadOnlyMemory<byte> Algorithm { get; private set; }

    public byte[] Signature { get; private set; } = [];

    /// <summary>Whether the field certs is there at all; it may be empty.</summary>
    public bool HasCertificates { get; private set; }

    public List<ReadOnlyMemory<byte>> Certificates { get; } = [];

    public static ReferenceResponse? Read(byte[] encoded)
    {
        try
        {
            var outer = new AsnReader(encoded, AsnEncodingRules.DER);
            AsnReader fields = outer.ReadSequence();
            AsnReaderExtensions.Check(!outer.HasData);
            ReadOnlyMemory<byte> status = fields.ReadEnumeratedBytes();
            AsnReaderExtensions.Check(status.Span is [<= 6 and not 4]); // 4 is not used
            var response = new ReferenceResponse { Status = status.Span[0] };
            if (response.Status == 0)
            {
                response.ReadBasic(EnterBasic(fields));
            }

            AsnReaderExtensions.Check(!fields.HasData);
            return response;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static AsnReader EnterBasic(AsnReader fields)
    {
        AsnReader wrapper = fields.ReadContext(0);
        AsnReader bytes = wrapper.ReadSequence();
        AsnReaderExtensions.Check(Convert.ToHexString(bytes.ReadObjectIdentifierContents()) == ReferenceExtension.Basic);
        var inner = new AsnReader(bytes.ReadOctetString(), AsnEncodingRules.DER);
        AsnReaderExtensions.Check(!bytes.HasData && !wrapper.HasData);
        AsnReader basic = inner.ReadSequence();
        AsnReaderExtensions.Check(!inner.HasData);
        return basic;
    }

    private void ReadBasic(AsnReader basic)
    {
        ToBeSigned = basic.PeekEncodedValue();
        ReadToBeSigned(basic.ReadSequence());
        Algorithm = basic.ReadAny(Asn1Tag.Sequence);
        Signature = basic.ReadBitString(out int unused);
        AsnReaderExtensions.Check(unused == 0);
        if (!basic.HasData)
        {
            return;
        }

        HasCertificates = true;
        AsnReader wrapper = basic.ReadContext(0);
        AsnReader list = wrapper.ReadSequence();
        AsnReaderExtensions.Check(!basic.HasData && !wrapper.HasData);
        while (list.HasData)
        {
            Certificates.Add(list.ReadAny(Asn1Tag.Sequence));
        }
    }

    private void ReadToBeSigned(AsnReader fields)
    {
        if (fields.NextIs(AsnReaderExtensions.Context(1)))
        {
            AsnReader byName = fields.ReadContext(1);
            ResponderName = byName.ReadAny(Asn1Tag.Sequence).ToArray();
            AsnReaderExtensions.Check(!byName.HasData);
        }
        else
        {
            AsnReader byKey = fields.ReadContext(2);
            ResponderKeyHash = byKey.ReadOctetString();
            AsnReaderExtensions.Check(ResponderKeyHash.Length == 20 && !byKey.HasData);
        }

        ProducedAt = fields.ReadTime();
        AsnReader list = fields.ReadSequence();
        while (list.HasData)
        {
            Responses.Add(ReferenceSingleResponse.Read(list.ReadSequence()));
        }

        if (fields.HasData)
        {
            Take(ReferenceExtension.ReadAll(fields, 1));
            AsnReaderExtensions.Check(!fields.HasData);
        }
    }

    /// <summary>Laxer than for requests: a repeated extension is accepted, and the last nonce counts. Whoever asked compares it.</summary>
    private void Take(List<ReferenceExtension> extensions)
    {
        foreach (ReferenceExtension extension in extensions)
        {
            if (extension.Oid == ReferenceExtension.Nonce)
            {
                Nonce = extension.ReadNonce();
                continue;
            }

            HasExtendedRevoke |= extension.Oid == ReferenceExtension.ExtendedRevoke;
            HasUnknownCriticalExtension |= extension.Critical;
        }
    }
}
