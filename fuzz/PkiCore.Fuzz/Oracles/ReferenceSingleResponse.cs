using System.Formats.Asn1;
using PkiCore.Ocsp;

namespace PkiCore.Fuzz.Oracles;

/// <summary>A SingleResponse, read with <see cref="AsnReader"/>.</summary>
internal sealed class ReferenceSingleResponse
{
    public required ReferenceCertId CertId { get; init; }

    public OcspCertificateStatus Status { get; private set; }

    public DateTimeOffset? RevocationTime { get; private set; }

    public int? Reason { get; private set; }

    public DateTimeOffset ThisUpdate { get; private set; }

    public DateTimeOffset? NextUpdate { get; private set; }

    public bool HasUnknownCriticalExtension { get; private set; }

    public static ReferenceSingleResponse Read(AsnReader fields)
    {
        var single = new ReferenceSingleResponse { CertId = ReferenceCertId.Read(fields) };
        single.ReadStatus(fields);
        single.ThisUpdate = fields.ReadTime();
        if (fields.NextIs(AsnReaderExtensions.Context(0)))
        {
            AsnReader wrapper = fields.ReadContext(0);
            single.NextUpdate = wrapper.ReadTime();
            AsnReaderExtensions.Check(!wrapper.HasData);
        }

        if (fields.HasData)
        {
            single.HasUnknownCriticalExtension = ReferenceExtension.ReadAll(fields, 1).Exists(extension => extension.Critical);
            AsnReaderExtensions.Check(!fields.HasData);
        }

        return single;
    }

    private void ReadStatus(AsnReader fields)
    {
        Asn1Tag tag = fields.PeekTag();
        if (tag != AsnReaderExtensions.Context(1))
        {
            Status = tag.TagValue == 0 ? OcspCertificateStatus.Good : OcspCertificateStatus.Unknown;
            AsnReaderExtensions.Check(tag.TagValue is 0 or 2);
            fields.ReadNull(new Asn1Tag(TagClass.ContextSpecific, tag.TagValue));
            return;
        }

        Status = OcspCertificateStatus.Revoked;
        AsnReader info = fields.ReadContext(1);
        RevocationTime = info.ReadTime();
        if (info.HasData)
        {
            AsnReader wrapper = info.ReadContext(0);
            ReadOnlySpan<byte> reason = wrapper.ReadEnumeratedBytes().Span;
            AsnReaderExtensions.Check(reason is [<= 10 and not 7] && !wrapper.HasData && !info.HasData); // RFC 5280 5.3.1
            Reason = reason[0];
        }
    }
}
