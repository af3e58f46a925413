using System.Security.Cryptography.X509Certificates;
using PkiCore.Asn1;
using PkiCore.Status;

namespace PkiCore.Crl.Issuing;

/// <summary>Writes entries of <c>revokedCertificates</c> (RFC 5280 5.1.2.6, 5.3).</summary>
internal static class CrlEntryEncoder
{
    /// <summary>No entry is longer, but for the name of a certificate issuer.</summary>
    public const int MaxLength = 128;

    private const int ReasonLength = 12;
    private const int InvalidityDateLength = 26;

    /// <summary>Encodes an entry.</summary>
    /// <param name="serial">The contents octets of the serial number.</param>
    /// <param name="revocationDate">When it was revoked; for <see cref="X509RevocationReason.RemoveFromCrl"/> when that was taken back.</param>
    /// <param name="reason">Why. <see cref="X509RevocationReason.Unspecified"/> is left out (CE-1).</param>
    /// <param name="invalidityDate">Since when the key is suspected.</param>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <returns>The length.</returns>
    public static int Encode(ReadOnlySpan<byte> serial, DateTimeOffset revocationDate, X509RevocationReason reason, DateTimeOffset? invalidityDate, Span<byte> destination)
    {
        int extensions = (reason == X509RevocationReason.Unspecified ? 0 : ReasonLength) + (invalidityDate is null ? 0 : InvalidityDateLength);
        int contents = DerWriter.GetEncodedLength(serial.Length)
            + DerWriter.GetEncodedLength(DerTime.IsUtcTime(revocationDate) ? DerTime.UtcLength : DerTime.Length)
            + (extensions == 0 ? 0 : DerWriter.GetEncodedLength(extensions));
        var writer = new DerWriter(destination);
        writer.WriteHeader(DerTag.Sequence, contents);
        writer.WriteInteger(serial);
        writer.WriteTime(revocationDate); // CF-6
        if (extensions > 0)
        {
            writer.WriteHeader(DerTag.Sequence, extensions);
            WriteReason(ref writer, reason);
            WriteInvalidityDate(ref writer, invalidityDate);
        }

        return writer.Written;
    }

    /// <summary>Encodes the entry of a certificate.</summary>
    /// <param name="change">What is known of it; it is revoked.</param>
    /// <param name="now">A revocation that is said to lie in the future, because clocks differ, is told as of now: it is no revocation yet to come (CF-13).</param>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <returns>The length.</returns>
    public static int Encode(in StatusChange change, DateTimeOffset now, Span<byte> destination)
    {
        Span<byte> serial = stackalloc byte[X509.SerialNumber.MaxLength];
        serial = serial[..change.Serial.CopyTo(serial)];
        DateTimeOffset revoked = change.Status.RevocationTime!.Value;
        return Encode(serial, revoked < now ? revoked : now, change.Status.Reason, change.Status.InvalidityDate, destination);
    }

    /// <summary>Encodes an entry again, with the certificateIssuer extension: from it on, entries are about certificates of that issuer (CE-3).</summary>
    public static byte[] WithCertificateIssuer(ReadOnlySpan<byte> entry, ReadOnlySpan<byte> issuerName)
    {
        var outer = new DerReader(entry);
        _ = outer.TryReadSequence(out DerReader fields);
        ReadOnlySpan<byte> inFront = fields.Remaining;
        _ = fields.TryReadEncoded(out _); // serialNumber
        _ = fields.TryReadEncoded(out _); // revocationDate
        inFront = inFront[..^fields.Remaining.Length];
        _ = fields.TryRead(DerTag.Sequence, out ReadOnlySpan<byte> others);

        int directoryName = DerWriter.GetEncodedLength(issuerName.Length); // [4] EXPLICIT, because Name is a CHOICE
        int names = DerWriter.GetEncodedLength(directoryName);
        int extension = DerWriter.GetEncodedLength(ObjectIdentifiers.CertificateIssuer.Length) + 3 + DerWriter.GetEncodedLength(names);
        int extensions = others.Length + DerWriter.GetEncodedLength(extension);
        int contents = inFront.Length + DerWriter.GetEncodedLength(extensions);
        byte[] encoded = new byte[DerWriter.GetEncodedLength(contents)];
        var writer = new DerWriter(encoded);
        writer.WriteHeader(DerTag.Sequence, contents);
        writer.WriteEncoded(inFront);
        writer.WriteHeader(DerTag.Sequence, extensions);
        writer.WriteEncoded(others);
        writer.WriteHeader(DerTag.Sequence, extension);
        writer.WriteObjectIdentifier(ObjectIdentifiers.CertificateIssuer);
        writer.WriteBoolean(true); // critical
        writer.WriteHeader(DerTag.OctetString, names);
        writer.WriteHeader(DerTag.Sequence, directoryName);
        writer.Write(DerTag.ContextConstructed(4), issuerName);
        return encoded;
    }

    private static void WriteReason(ref DerWriter writer, X509RevocationReason reason)
    {
        if (reason != X509RevocationReason.Unspecified)
        {
            writer.WriteHeader(DerTag.Sequence, ReasonLength - 2);
            writer.WriteObjectIdentifier(ObjectIdentifiers.ReasonCode);
            writer.WriteHeader(DerTag.OctetString, 3);
            writer.WriteEnumerated((int)reason);
        }
    }

    private static void WriteInvalidityDate(ref DerWriter writer, DateTimeOffset? invalidityDate)
    {
        if (invalidityDate is { } date)
        {
            writer.WriteHeader(DerTag.Sequence, InvalidityDateLength - 2);
            writer.WriteObjectIdentifier(ObjectIdentifiers.InvalidityDate);
            writer.WriteHeader(DerTag.OctetString, DerWriter.GetEncodedLength(DerTime.Length));
            writer.WriteGeneralizedTime(date); // always, even before 2050 (CE-2)
        }
    }
}
