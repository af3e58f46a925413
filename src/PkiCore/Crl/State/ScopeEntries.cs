using System.Security.Cryptography.X509Certificates;
using PkiCore.Asn1;
using PkiCore.Crl.Issuing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Crl.State;

/// <summary>
/// The revoked certificates of one issuer that are in the scope of one CRL, and what has changed since the last complete CRL. Not safe for use from
/// several threads.
/// </summary>
internal sealed class ScopeEntries
{
    /// <summary>What has changed since the base of the next delta CRL: an entry, or how the certificate left the list. <see langword="null"/> before there is a base.</summary>
    private Dictionary<SerialNumber, Departure>? _changedSinceBase;

    public RevokedCertificates Revoked { get; } = new();

    /// <summary>How many changes the next delta CRL tells of.</summary>
    public int ChangeCount => _changedSinceBase?.Count ?? 0;

    /// <summary>Puts a certificate on the list, or changes its entry.</summary>
    /// <returns>Whether that is news.</returns>
    public bool Set(in SerialNumber serial, ReadOnlySpan<byte> entry, ExpiryTime notAfter)
    {
        Span<byte> octets = stackalloc byte[SerialNumber.MaxLength];
        if (!Revoked.Set(entry, octets[..serial.CopyTo(octets)], notAfter))
        {
            return false;
        }

        _changedSinceBase?[serial] = default;
        return true;
    }

    /// <summary>Takes a certificate off the list.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(in SerialNumber serial, Departure departure)
    {
        Span<byte> octets = stackalloc byte[SerialNumber.MaxLength];
        if (!Revoked.Remove(octets[..serial.CopyTo(octets)]))
        {
            return false;
        }

        _changedSinceBase?[serial] = departure;
        return true;
    }

    /// <summary>What the list says of a certificate.</summary>
    public ListedStatus Find(in SerialNumber serial)
    {
        Span<byte> octets = stackalloc byte[SerialNumber.MaxLength];
        return !Revoked.TryGet(octets[..serial.CopyTo(octets)], out ReadOnlySpan<byte> entry) ? ListedStatus.NotListed
            : IsOnHold(entry) ? ListedStatus.OnHold : ListedStatus.Revoked;
    }

    /// <summary>Takes note of a complete CRL: the next delta CRLs tell what changes from now on.</summary>
    /// <param name="expiredBefore">Certificates that had expired by then have been on a complete CRL past their expiry, and leave (BR-4); <see langword="null"/>: nobody leaves.</param>
    /// <param name="hasDeltas">Whether there are delta CRLs.</param>
    /// <returns>How many leave.</returns>
    public int BecomeBase(DateTimeOffset? expiredBefore, bool hasDeltas)
    {
        _changedSinceBase = hasDeltas ? [] : null;
        return expiredBefore is { } time ? Revoked.RemoveExpired(ExpiryTime.Of(time)) : 0;
    }

    /// <summary>What a delta CRL lists: an entry for every certificate whose status has changed since the base (CX-6).</summary>
    public RevokedCertificates GetDelta()
    {
        var delta = new RevokedCertificates();
        Span<byte> octets = stackalloc byte[SerialNumber.MaxLength];
        Span<byte> encoded = stackalloc byte[CrlEntryEncoder.MaxLength];
        foreach ((SerialNumber serial, Departure departure) in _changedSinceBase ?? [])
        {
            Span<byte> contents = octets[..serial.CopyTo(octets)];
            if (!Revoked.TryGet(contents, out ReadOnlySpan<byte> entry))
            {
                // CX-7: also one that was put on hold and released again since the base; CX-6 (c): another CRL is about it now
                X509RevocationReason reason = departure.IsReleased ? X509RevocationReason.RemoveFromCrl : X509RevocationReason.Unspecified;
                entry = encoded[..CrlEntryEncoder.Encode(contents, departure.Time, reason, invalidityDate: null, encoded)];
            }

            delta.Set(entry, contents, ExpiryTime.Never);
        }

        return delta;
    }

    /// <summary>What has changed since the base: entries that are news, and certificates that have left.</summary>
    public IEnumerable<(SerialNumber Serial, Departure Departure)> ChangesSinceBase => _changedSinceBase?.Select(change => (change.Key, change.Value)) ?? [];

    /// <summary>After a restart: says again that a certificate has changed since the base.</summary>
    public void RestoreChange(in SerialNumber serial, Departure departure) => _changedSinceBase?[serial] = departure;

    private static bool IsOnHold(ReadOnlySpan<byte> entry)
    {
        var outer = new DerReader(entry);
        return outer.TryReadSequence(out DerReader fields)
            && fields.TryReadEncoded(out _) && fields.TryReadEncoded(out _)
            && fields.TryReadSequence(out DerReader extensions)
            && extensions.TryReadSequence(out DerReader first) // the reason comes first
            && first.TryReadObjectIdentifier(out ReadOnlySpan<byte> oid) && oid.SequenceEqual(ObjectIdentifiers.ReasonCode)
            && first.TryReadOctetString(out ReadOnlySpan<byte> value)
            && new DerReader(value).TryReadEnumerated(out int reason) && reason == (int)X509RevocationReason.CertificateHold;
    }
}

/// <summary>How a certificate left a list; <see langword="default"/>: it did not.</summary>
/// <param name="Time">When.</param>
/// <param name="IsReleased">Whether from a hold; else it went to the scope of another CRL.</param>
internal readonly record struct Departure(DateTimeOffset Time, bool IsReleased);

/// <summary>What a list says of a certificate.</summary>
internal enum ListedStatus
{
    NotListed,
    OnHold,
    Revoked,
}
