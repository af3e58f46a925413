using System.Formats.Asn1;
using PkiCore.Ocsp;

namespace PkiCore.Fuzz.Oracles;

/// <summary>A second parser of OCSP requests: slow, on <see cref="AsnReader"/>, straight from RFC 6960 4.1.1.</summary>
internal sealed class ReferenceRequest
{
    private const int MaxExtensions = 32;

    public List<ReferenceCertId> Certificates { get; } = [];

    public byte[] Nonce { get; private set; } = [];

    public List<ReferencePreference> Preferred { get; private set; } = [];

    public bool IsSigned { get; private set; }

    public bool IsSupported { get; private set; } = true;

    /// <summary>Whether there is nothing in it but CertIDs and a nonce that is not critical.</summary>
    public bool IsPlain { get; private set; } = true;

    public static ReferenceRequest? Read(byte[] encoded)
    {
        try
        {
            var outer = new AsnReader(encoded, AsnEncodingRules.DER);
            AsnReader fields = outer.ReadSequence();
            AsnReaderExtensions.Check(!outer.HasData);
            var request = new ReferenceRequest();
            request.ReadToBeSigned(fields.ReadSequence());
            request.ReadSignature(fields);
            return request;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private void ReadToBeSigned(AsnReader fields)
    {
        // Version [0] is there for no version that exists: v1 is the DEFAULT. The next read refuses it.
        if (fields.NextIs(AsnReaderExtensions.Context(1)))
        {
            AsnReader name = fields.ReadContext(1);
            Asn1Tag tag = name.PeekTag();
            AsnReaderExtensions.Check(tag is { TagClass: TagClass.ContextSpecific, TagValue: <= 8 });
            name.ReadAny();
            AsnReaderExtensions.Check(!name.HasData);
            IsPlain = false;
        }

        AsnReader list = fields.ReadSequence();
        AsnReaderExtensions.Check(list.HasData);
        while (list.HasData)
        {
            AsnReaderExtensions.Check(Certificates.Count < OcspRequest.DefaultMaxCertificates);
            ReadRequest(list.ReadSequence());
        }

        if (fields.HasData)
        {
            Take(ReferenceExtension.ReadAll(fields, 2));
            AsnReaderExtensions.Check(!fields.HasData);
        }
    }

    /// <summary>A repeated extension is refused for the whole request, not for one certificate, where no extension has any effect.</summary>
    private void ReadRequest(AsnReader fields)
    {
        Certificates.Add(ReferenceCertId.Read(fields));
        if (fields.HasData)
        {
            List<ReferenceExtension> extensions = ReferenceExtension.ReadAll(fields, 0);
            AsnReaderExtensions.Check(!fields.HasData && extensions.Count <= MaxExtensions);
            IsSupported &= !extensions.Exists(extension => extension is { Critical: true, Oid: not ReferenceExtension.ServiceLocator });
            IsPlain = false;
        }
    }

    private void Take(List<ReferenceExtension> extensions)
    {
        AsnReaderExtensions.Check(extensions.Count <= MaxExtensions);
        AsnReaderExtensions.Check(extensions.DistinctBy(extension => extension.Oid, StringComparer.Ordinal).Count() == extensions.Count);
        foreach (ReferenceExtension extension in extensions)
        {
            IsPlain &= extension is { Oid: ReferenceExtension.Nonce, Critical: false };
            switch (extension.Oid)
            {
                case ReferenceExtension.Nonce:
                    Nonce = extension.ReadNonce();
                    break;
                case ReferenceExtension.AcceptableResponses:
                    IsSupported &= extension.ReadAcceptsBasic();
                    break;
                case ReferenceExtension.PreferredAlgorithms:
                    Preferred = ReferencePreference.ReadAll(extension.Value);
                    break;
                default:
                    IsSupported &= !extension.Critical;
                    break;
            }
        }
    }

    private void ReadSignature(AsnReader fields)
    {
        if (!fields.HasData)
        {
            return;
        }

        IsSigned = true;
        IsPlain = false;
        AsnReader wrapper = fields.ReadContext(0);
        AsnReader signature = wrapper.ReadSequence();
        AsnReaderExtensions.Check(!fields.HasData && !wrapper.HasData);
        signature.ReadAny(Asn1Tag.Sequence);
        signature.ReadBitString(out _);
        if (signature.HasData)
        {
            signature.ReadAny(AsnReaderExtensions.Context(0));
            AsnReaderExtensions.Check(!signature.HasData);
        }
    }
}
