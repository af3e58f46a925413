using System.Security.Cryptography.X509Certificates;
using PkiCore.Asn1;
using PkiCore.X509;

namespace PkiCore.Ocsp;

/// <summary>CertStatus (RFC 6960 4.2.1).</summary>
public enum OcspCertificateStatus
{
    /// <summary>Not revoked.</summary>
    Good,

    /// <summary>Revoked, for good or for a time.</summary>
    Revoked,

    /// <summary>Not known to the responder.</summary>
    Unknown,
}

/// <summary>What a response says of one certificate. Immutable.</summary>
public sealed class OcspSingleResponse
{
    private OcspSingleResponse()
    {
    }

    /// <summary>The hash algorithm of the CertID; <see langword="null"/> for one that is not known here.</summary>
    public CertIdHash? Hash { get; private init; }

    /// <summary>The hash of the issuer's name.</summary>
    public required ReadOnlyMemory<byte> IssuerNameHash { get; init; }

    /// <summary>The hash of the issuer's key.</summary>
    public required ReadOnlyMemory<byte> IssuerKeyHash { get; init; }

    /// <summary>The contents octets of the serial number.</summary>
    public required ReadOnlyMemory<byte> SerialNumber { get; init; }

    /// <summary>The status.</summary>
    public OcspCertificateStatus Status { get; private init; }

    /// <summary>When the certificate was revoked.</summary>
    public DateTimeOffset? RevocationTime { get; private init; }

    /// <summary>Why it was revoked; <see langword="null"/> where the response does not say.</summary>
    public X509RevocationReason? Reason { get; private init; }

    /// <summary>When the status was known to be right.</summary>
    public DateTimeOffset ThisUpdate { get; private init; }

    /// <summary>When newer information will be there; <see langword="null"/> means at any time.</summary>
    public DateTimeOffset? NextUpdate { get; private init; }

    internal bool HasUnknownCriticalExtension { get; private init; }

    internal static OcspSingleResponse? Read(ref DerReader list)
    {
        if (!list.TryReadSequence(out DerReader fields)
            || !CertId.TryRead(ref fields, out CertId certId)
            || !TryReadStatus(ref fields, out OcspCertificateStatus status, out DateTimeOffset? revocationTime, out X509RevocationReason? reason)
            || !fields.TryReadGeneralizedTime(out DateTimeOffset thisUpdate))
        {
            return null;
        }

        DateTimeOffset? nextUpdate = null;
        if (fields.HasTag(DerTag.ContextConstructed(0)))
        {
            if (!fields.TryReadConstructed(DerTag.ContextConstructed(0), out DerReader wrapper)
                || !wrapper.TryReadGeneralizedTime(out DateTimeOffset time)
                || !wrapper.IsEmpty)
            {
                return null;
            }

            nextUpdate = time;
        }

        bool unknownCritical = false;
        if (!fields.IsEmpty && !(TryReadExtensions(ref fields, out unknownCritical) && fields.IsEmpty))
        {
            return null;
        }

        return new OcspSingleResponse
        {
            Hash = certId.Hash,
            IssuerNameHash = certId.IssuerNameHash.ToArray(),
            IssuerKeyHash = certId.IssuerKeyHash.ToArray(),
            SerialNumber = certId.SerialNumber.ToArray(),
            Status = status,
            RevocationTime = revocationTime,
            Reason = reason,
            ThisUpdate = thisUpdate,
            NextUpdate = nextUpdate,
            HasUnknownCriticalExtension = unknownCritical,
        };
    }

    private static bool TryReadStatus(
        ref DerReader fields, out OcspCertificateStatus status, out DateTimeOffset? revocationTime, out X509RevocationReason? reason)
    {
        status = OcspCertificateStatus.Good;
        revocationTime = null;
        reason = null;
        if (fields.TryRead(DerTag.Context(0), out ReadOnlySpan<byte> good))
        {
            return good.IsEmpty;
        }

        if (fields.TryRead(DerTag.Context(2), out ReadOnlySpan<byte> unknown))
        {
            status = OcspCertificateStatus.Unknown;
            return unknown.IsEmpty;
        }

        status = OcspCertificateStatus.Revoked;
        if (!fields.TryReadConstructed(DerTag.ContextConstructed(1), out DerReader info) || !info.TryReadGeneralizedTime(out DateTimeOffset time))
        {
            return false;
        }

        revocationTime = time;
        if (info.IsEmpty)
        {
            return true;
        }

        if (!info.TryReadConstructed(DerTag.ContextConstructed(0), out DerReader wrapper) || !wrapper.TryReadEnumerated(out int value) || !wrapper.IsEmpty)
        {
            return false;
        }

        reason = (X509RevocationReason)value;
        return value is >= 0 and <= 10 and not 7 && info.IsEmpty; // RFC 5280 5.3.1: 7 is not used
    }

    /// <summary>Nothing critical is known in a SingleResponse; the CRL entry extensions of RFC 6960 4.4.5 are not critical here.</summary>
    private static bool TryReadExtensions(ref DerReader fields, out bool unknownCritical)
    {
        unknownCritical = false;
        if (!OcspExtensions.TryEnter(ref fields, 1, out DerReader extensions))
        {
            return false;
        }

        while (!extensions.IsEmpty)
        {
            if (!ExtensionReader.TryRead(ref extensions, out _, out bool critical, out _))
            {
                return false;
            }

            unknownCritical |= critical;
        }

        return true;
    }
}
