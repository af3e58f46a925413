using System.Security.Cryptography.X509Certificates;
using PkiCore.Asn1;
using PkiCore.Status;

namespace PkiCore.Ocsp;

/// <summary>What a SingleResponse says of one certificate, before it is encoded.</summary>
/// <param name="certIdPrefix">A CertID's contents up to the serial number.</param>
/// <param name="serialNumber">The serial number's contents octets.</param>
/// <param name="status">The status; <see langword="null"/> is unknown.</param>
internal readonly ref struct SingleResponse(ReadOnlySpan<byte> certIdPrefix, ReadOnlySpan<byte> serialNumber, CertificateStatus? status)
{
    private const int TimeLength = 2 + DerTime.Length;
    private const int ReasonLength = 5;
    private const int InvalidityDateLength = 30;

    private readonly ReadOnlySpan<byte> _certIdPrefix = certIdPrefix;
    private readonly ReadOnlySpan<byte> _serialNumber = serialNumber;
    private readonly CertificateStatus? _status = status;

    /// <summary>An upper limit of an encoded SingleResponse for a CertID by SHA-512.</summary>
    public const int MaxLength = 320;

    /// <summary>The same, said of the same certificate by another CertID.</summary>
    public SingleResponse With(ReadOnlySpan<byte> otherPrefix) => new(otherPrefix, _serialNumber, _status);

    /// <summary>The encoded length, given that of thisUpdate and nextUpdate together.</summary>
    public int GetEncodedLength(int validityLength) => DerWriter.GetEncodedLength(GetContentsLength(validityLength));

    /// <summary>SingleResponse ::= SEQUENCE { certID, certStatus, thisUpdate, nextUpdate [0] EXPLICIT, singleExtensions [1] EXPLICIT }.</summary>
    public void Write(ref DerWriter writer, ReadOnlySpan<byte> validity)
    {
        writer.WriteHeader(DerTag.Sequence, GetContentsLength(validity.Length));
        writer.WriteHeader(DerTag.Sequence, CertIdContentsLength);
        writer.WriteEncoded(_certIdPrefix);
        writer.WriteInteger(_serialNumber);
        WriteStatus(ref writer);
        writer.WriteEncoded(validity);
        if (_status?.InvalidityDate is { } invalidityDate)
        {
            WriteInvalidityDate(ref writer, invalidityDate);
        }
    }

    private int CertIdContentsLength => _certIdPrefix.Length + DerWriter.GetEncodedLength(_serialNumber.Length);

    // RFC 5280 5.3.1: the reason unspecified is left out
    private bool HasReason => _status is { Reason: not X509RevocationReason.Unspecified };

    private int RevokedInfoLength => TimeLength + (HasReason ? ReasonLength : 0);

    private int GetContentsLength(int validityLength) =>
        DerWriter.GetEncodedLength(CertIdContentsLength)
        + (_status is { IsRevoked: true } ? DerWriter.GetEncodedLength(RevokedInfoLength) : 2)
        + validityLength
        + (_status is { InvalidityDate: not null } ? InvalidityDateLength : 0);

    /// <summary>CertStatus is a CHOICE with implicit tags: good [0] NULL, revoked [1] RevokedInfo, unknown [2] NULL.</summary>
    private void WriteStatus(ref DerWriter writer)
    {
        if (_status is not { RevocationTime: { } revocationTime } revoked)
        {
            writer.WriteHeader(DerTag.Context(_status is null ? 2 : 0), 0);
            return;
        }

        writer.WriteHeader(DerTag.ContextConstructed(1), RevokedInfoLength);
        writer.WriteGeneralizedTime(revocationTime);
        if (HasReason)
        {
            writer.WriteHeader(DerTag.ContextConstructed(0), 3);
            writer.WriteEnumerated((int)revoked.Reason);
        }
    }

    /// <summary>singleExtensions with the one extension invalidityDate (RFC 6960 4.4.5, RFC 5280 5.3.2).</summary>
    private static void WriteInvalidityDate(ref DerWriter writer, DateTimeOffset date)
    {
        writer.WriteHeader(DerTag.ContextConstructed(1), InvalidityDateLength - 2);
        writer.WriteHeader(DerTag.Sequence, InvalidityDateLength - 4);
        writer.WriteHeader(DerTag.Sequence, InvalidityDateLength - 6);
        writer.WriteObjectIdentifier(ObjectIdentifiers.InvalidityDate);
        writer.WriteHeader(DerTag.OctetString, TimeLength);
        writer.WriteGeneralizedTime(date);
    }
}
