using System.Buffers.Binary;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Asn1;
using PkiCore.Crl.Reading;
using PkiCore.X509;

namespace PkiCore.Crl.Lint;

/// <summary>What RFC 5280 5.3 and the BR ask of an entry, worked out once for a CRL. Not of serial numbers: an entry has to name the certificate as it is.</summary>
internal sealed class CrlEntryRules
{
    private const string Reasons = "RFC 5280 5.3.1";

    /// <summary>BR 7.2.2 and Mozilla 6.1.1: keyCompromise, affiliationChanged, superseded, cessationOfOperation, privilegeWithdrawn.</summary>
    private const int BaselineReasons = (1 << 1) | (1 << 3) | (1 << 4) | (1 << 5) | (1 << 9);

    private const int RemoveFromCrl = 1 << (int)X509RevocationReason.RemoveFromCrl;

    private readonly DateTimeOffset _thisUpdate;
    private readonly ulong _latestHour; // as HourOf gives it
    private readonly uint _latestSecond;
    private readonly int _inScope; // bit n: reason n, in this and the next
    private readonly int _allowed;
    private readonly bool _isDelta;
    private readonly bool _isIndirect;
    private readonly bool _isBaseline;
    private readonly bool _isOfSomeReasons;
    private readonly bool _isOfAuthorities;

    public CrlEntryRules(CrlReader reader, bool baselineRequirements)
    {
        _thisUpdate = reader.ThisUpdate;
        _isDelta = reader.IsDelta;
        _isBaseline = baselineRequirements;
        _isIndirect = reader.DistributionPoint is { IsIndirect: true };
        _isOfSomeReasons = reader.DistributionPoint is { OnlySomeReasons: not null };
        _isOfAuthorities = reader.DistributionPoint is { OnlyContainsCACerts: true };
        for (var reason = X509RevocationReason.KeyCompromise; reason <= X509RevocationReason.AACompromise; reason++)
        {
            bool isIn = reader.DistributionPoint?.OnlySomeReasons is not { } flags || flags.Contains(reason);
            _inScope |= isIn ? 1 << (int)reason : 0;
        }

        _inScope = _isDelta ? _inScope | RemoveFromCrl : _inScope & ~RemoveFromCrl;
        _allowed = _isBaseline ? _inScope & BaselineReasons : _inScope;
        if (_thisUpdate.Year > 2049)
        {
            (_latestHour, _latestSecond) = (ulong.MaxValue, uint.MaxValue); // no UTCTime is later
        }
        else if (DerTime.IsUtcTime(_thisUpdate))
        {
            Span<byte> text = stackalloc byte[DerTime.Length];
            DerTime.Format(_thisUpdate, text);
            (_latestHour, _latestSecond) = (HourOf(text[2..]), SecondOf(text[2..]));
        }
    }

    /// <summary>Whether a CRL of onlySomeReasons (5.2.5), or of authorities' certificates under the BR (7.2.2), wants a reason; a delta CRL leaves it out where one moved out of scope (5.2.4).</summary>
    private bool NeedsReason => (_isOfSomeReasons && !_isDelta) || (_isBaseline && _isOfAuthorities);

    /// <summary>Sees quickly that there is nothing to find. Not the other way round: the rest is for <see cref="Check"/>.</summary>
    public bool IsClean(in CrlEntry entry)
    {
        CrlEntryTraits traits = entry.Traits;
        bool isReasonClean = traits == CrlEntryTraits.None
            ? !NeedsReason
            : traits == (CrlEntryTraits.HasReason | CrlEntryTraits.HasExtensions) && ((_allowed >> (int)entry.Reason) & 1) != 0;
        ReadOnlySpan<byte> time = entry.EncodedRevocationDate;
        return isReasonClean && time[0] == DerTag.UtcTime && IsUtcInTime(time[2..]);
    }

    /// <summary>Finds what there is to find.</summary>
    public void Check(in CrlEntry entry, long number, CrlFindings findings)
    {
        ReadOnlySpan<byte> serial = entry.SerialNumber;
        if (entry.RevocationDate > _thisUpdate)
        {
            findings.Add("RFC 5280 5.1.2.6", number, serial, "revocationDate is later than thisUpdate: a CRL does not tell the future");
        }

        CrlEntryTraits traits = entry.Traits;
        if ((traits & CrlEntryTraits.IsReasonCritical) != CrlEntryTraits.None)
        {
            findings.Add(Reasons, number, serial, "reasonCode is critical and must not be");
        }

        if ((traits & CrlEntryTraits.HasReason) != CrlEntryTraits.None)
        {
            CheckReason(entry, number, findings);
        }
        else if (NeedsReason)
        {
            findings.Add(
                _isOfSomeReasons && !_isDelta ? "RFC 5280 5.2.5" : "BR 7.2.2", number, serial,
                _isOfSomeReasons && !_isDelta ? "it has no reason, in a CRL of some reasons only" : "it has no reason, which the certificate of an authority needs");
        }

        if ((traits & CrlEntryTraits.IsInvalidityDateCritical) != CrlEntryTraits.None)
        {
            findings.Add("RFC 5280 5.3.2", number, serial, "invalidityDate is critical and must not be");
        }

        if ((traits & CrlEntryTraits.HasCertificateIssuer) != CrlEntryTraits.None)
        {
            CheckCertificateIssuer(traits, number, serial, findings);
        }
    }

    private void CheckReason(in CrlEntry entry, long number, CrlFindings findings)
    {
        ReadOnlySpan<byte> serial = entry.SerialNumber;
        X509RevocationReason reason = entry.Reason;
        if (reason == X509RevocationReason.Unspecified)
        {
            findings.Add(Reasons, number, serial, "the reason is an explicit unspecified (0), which is said by leaving reasonCode out");
        }
        else if (reason == X509RevocationReason.RemoveFromCrl && !_isDelta)
        {
            findings.Add(Reasons, number, serial, "the reason is removeFromCRL (8), which only a delta CRL may have");
        }
        else if (((_inScope >> (int)reason) & 1) == 0)
        {
            findings.Add("RFC 5280 5.2.5", number, serial, "its reason is not one of the CRL's onlySomeReasons");
        }

        if (_isBaseline && reason != X509RevocationReason.Unspecified && ((BaselineReasons >> (int)reason) & 1) == 0)
        {
            findings.Add("BR 7.2.2, Mozilla 6.1.1", number, serial, reason switch
            {
                X509RevocationReason.CertificateHold => "the reason is certificateHold (6), but no certificate may be suspended (BR 4.9.13)",
                X509RevocationReason.CACompromise => "the reason is cACompromise (2), which is not among those to choose from: 1, 3, 4, 5, 9",
                X509RevocationReason.AACompromise => "the reason is aACompromise (10), which is not among those to choose from: 1, 3, 4, 5, 9",
                _ => "the reason is removeFromCRL (8), which is not among those to choose from: 1, 3, 4, 5, 9",
            });
        }
    }

    private void CheckCertificateIssuer(CrlEntryTraits traits, long number, ReadOnlySpan<byte> serial, CrlFindings findings)
    {
        if ((traits & CrlEntryTraits.IsCertificateIssuerCritical) == CrlEntryTraits.None)
        {
            findings.Add("RFC 5280 5.3.3", number, serial, "certificateIssuer is not critical and has to be");
        }

        if (!_isIndirect)
        {
            findings.Add("RFC 5280 5.3.3", number, serial, "certificateIssuer is there, but the CRL's issuingDistributionPoint does not say indirectCRL");
        }
    }

    private bool IsUtcInTime(ReadOnlySpan<byte> text)
    {
        ulong hour = HourOf(text);
        return hour < _latestHour || (hour == _latestHour && SecondOf(text) <= _latestSecond);
    }

    /// <summary>YYMMDDhh as a number that grows with time: years begin at 50, so the first digit is counted from 5 and what is less comes out above (RFC 5280 4.1.2.5.1).</summary>
    private static ulong HourOf(ReadOnlySpan<byte> text) => BinaryPrimitives.ReadUInt64BigEndian(text) - ((ulong)'5' << 56);

    /// <summary>mmss.</summary>
    private static uint SecondOf(ReadOnlySpan<byte> text) => BinaryPrimitives.ReadUInt32BigEndian(text[8..]);
}
