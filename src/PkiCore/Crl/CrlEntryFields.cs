using System.Buffers.Binary;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Asn1;
using PkiCore.X509;

namespace PkiCore.Crl;

/// <summary>What an entry has besides serial number and date, and what a lint wants to know of it.</summary>
[Flags]
internal enum CrlEntryTraits : byte
{
    None = 0,
    HasReason = 1,
    IsReasonCritical = 2,
    IsInvalidityDateCritical = 4,
    HasCertificateIssuer = 8,
    IsCertificateIssuerCritical = 16,
    HasExtensions = 32,
}

/// <summary>Where the fields of one element of revokedCertificates (RFC 5280 5.1.2.6) are in its bytes. All of them have been checked.</summary>
internal struct CrlEntryFields
{
    /// <summary>No serial number in use is longer than 21 octets; longer ones are read for what they are.</summary>
    public const int MaxSerialLength = 64;

    /// <summary>More than anybody has; bounds the search for repetitions.</summary>
    private const int MaxExtensions = 32;

    /// <summary>A reasonCode as the only extension: the bytes in front of the reason.</summary>
    private static ReadOnlySpan<byte> ReasonPrefix => [0x30, 0x0C, 0x30, 0x0A, 0x06, 0x03, 0x55, 0x1D, 0x15, 0x04, 0x03, 0x0A, 0x01];

    public byte SerialOffset;
    public byte SerialLength;
    public byte Reason;
    public CrlEntryTraits Traits;

    /// <summary>Of the GeneralizedTime's text; 0 when there is no invalidityDate.</summary>
    public ushort InvalidityDateOffset;

    /// <summary>Of the Name in certificateIssuer.</summary>
    public ushort IssuerOffset;
    public ushort IssuerLength;

    /// <summary>Of the first critical extension that is not known; 0 when there is none.</summary>
    public ushort UnknownCriticalOffset;
    public ushort UnknownCriticalLength;

    /// <summary>Reads an entry.</summary>
    /// <param name="encoded">The whole entry, at most 64 KiB.</param>
    /// <param name="fields">Where its fields are.</param>
    /// <returns>What is wrong with it; <see langword="null"/> when nothing is.</returns>
    public static string? Read(ReadOnlySpan<byte> encoded, out CrlEntryFields fields)
    {
        fields = default;
        return TryReadUsual(encoded, ref fields) ? null : ReadAny(encoded, ref fields);
    }

    /// <summary>Nearly all entries: a short SEQUENCE of serial number, UTCTime and, if anything, a reason. Refuses nothing, just leaves it to the other.</summary>
    private static bool TryReadUsual(ReadOnlySpan<byte> encoded, ref CrlEntryFields fields)
    {
        const int TimeLength = 2 + DerTime.UtcLength;
        if (encoded.Length < 5 + TimeLength || encoded[0] != DerTag.Sequence || encoded[1] != encoded.Length - 2 || encoded[1] >= 0x80 || encoded[2] != DerTag.Integer)
        {
            return false;
        }

        int serialLength = encoded[3];
        ReadOnlySpan<byte> rest = encoded[4..];
        if (serialLength is 0 or > MaxSerialLength || rest.Length < serialLength + TimeLength || (serialLength > 1 && (rest[0] + 1 & 0xFE) == 0))
        {
            return false; // the last: 00 or FF in front, which may be one too many
        }

        rest = rest[serialLength..];
        if (rest[0] != DerTag.UtcTime || rest[1] != DerTime.UtcLength || !DerTime.IsValidUtc(rest.Slice(2, DerTime.UtcLength)))
        {
            return false;
        }

        rest = rest[TimeLength..];
        if (!rest.IsEmpty)
        {
            if (rest.Length != ReasonPrefix.Length + 1 || !rest.StartsWith(ReasonPrefix) || !IsReason(rest[^1]))
            {
                return false;
            }

            fields.Reason = rest[^1];
            fields.Traits = CrlEntryTraits.HasReason | CrlEntryTraits.HasExtensions;
        }

        fields.SerialOffset = 4;
        fields.SerialLength = (byte)serialLength;
        return true;
    }

    private static string? ReadAny(ReadOnlySpan<byte> encoded, ref CrlEntryFields fields)
    {
        var outer = new DerReader(encoded);
        if (!outer.TryReadSequence(out DerReader entry) || !outer.IsEmpty)
        {
            return "it is not one SEQUENCE";
        }

        if (!entry.TryReadInteger(out ReadOnlySpan<byte> serial))
        {
            return "its serial number is not an INTEGER in DER";
        }

        if (serial.Length > MaxSerialLength)
        {
            return $"its serial number has more than {MaxSerialLength} octets";
        }

        fields.SerialOffset = (byte)OffsetOf(encoded, serial);
        fields.SerialLength = (byte)serial.Length;
        if (!entry.TryReadTime(out _))
        {
            return "its revocationDate is neither UTCTime, through 2049, nor GeneralizedTime, from 2050, with seconds and Z";
        }

        if (entry.IsEmpty)
        {
            return null;
        }

        fields.Traits = CrlEntryTraits.HasExtensions;
        return !entry.TryReadSequence(out DerReader extensions) || !entry.IsEmpty || extensions.IsEmpty
            ? "its extensions are not one SEQUENCE with something in it"
            : ReadExtensions(encoded, ref extensions, ref fields);
    }

    private static string? ReadExtensions(ReadOnlySpan<byte> encoded, scoped ref DerReader extensions, ref CrlEntryFields fields)
    {
        ReadOnlySpan<byte> all = extensions.Remaining;
        for (int count = 0; !extensions.IsEmpty; count++)
        {
            if (count == MaxExtensions)
            {
                return $"it has more than {MaxExtensions} extensions";
            }

            if (!ExtensionReader.TryRead(ref extensions, out ReadOnlySpan<byte> oid, out bool critical, out ReadOnlySpan<byte> value))
            {
                return "an extension is malformed";
            }

            string? fault = ExtensionReader.IsRepeated(all, oid, count) ? "is there twice" : ReadExtension(encoded, oid, critical, value, ref fields);
            if (fault is not null)
            {
                return $"extension {ExtensionReader.Describe(oid)} {fault}";
            }
        }

        return null;
    }

    private static string? ReadExtension(ReadOnlySpan<byte> encoded, ReadOnlySpan<byte> oid, bool critical, ReadOnlySpan<byte> value, ref CrlEntryFields fields)
    {
        var reader = new DerReader(value);
        if (oid.SequenceEqual(ObjectIdentifiers.ReasonCode))
        {
            bool read = reader.TryReadEnumerated(out int reason) && reader.IsEmpty && IsReason(reason);
            fields.Reason = (byte)reason;
            fields.Traits |= CrlEntryTraits.HasReason | (critical ? CrlEntryTraits.IsReasonCritical : CrlEntryTraits.None);
            return read ? null : "is not a reason of 0 to 6 or 8 to 10";
        }

        if (oid.SequenceEqual(ObjectIdentifiers.InvalidityDate))
        {
            bool read = reader.TryReadGeneralizedTime(out _) && reader.IsEmpty;
            fields.InvalidityDateOffset = (ushort)(read ? OffsetOf(encoded, value) + 2 : 0);
            fields.Traits |= critical ? CrlEntryTraits.IsInvalidityDateCritical : CrlEntryTraits.None;
            return read ? null : "is not a GeneralizedTime with seconds and Z";
        }

        if (oid.SequenceEqual(ObjectIdentifiers.CertificateIssuer))
        {
            fields.Traits |= CrlEntryTraits.HasCertificateIssuer | (critical ? CrlEntryTraits.IsCertificateIssuerCritical : CrlEntryTraits.None);
            return ReadCertificateIssuer(encoded, ref reader, ref fields);
        }

        if (critical && fields.UnknownCriticalLength == 0)
        {
            fields.UnknownCriticalOffset = (ushort)OffsetOf(encoded, oid);
            fields.UnknownCriticalLength = (ushort)oid.Length;
        }

        return null;
    }

    private static string? ReadCertificateIssuer(ReadOnlySpan<byte> encoded, ref DerReader reader, ref CrlEntryFields fields)
    {
        if (!reader.TryReadSequence(out DerReader names) || !reader.IsEmpty || names.IsEmpty)
        {
            return "is not one GeneralNames";
        }

        int directoryNames = 0;
        while (!names.IsEmpty)
        {
            if (!GeneralNames.TryRead(ref names, out byte tag, out ReadOnlySpan<byte> contents))
            {
                return "has a malformed name";
            }

            if (tag == GeneralNames.DirectoryName)
            {
                directoryNames++;
                fields.IssuerOffset = (ushort)OffsetOf(encoded, contents);
                fields.IssuerLength = (ushort)contents.Length;
            }
        }

        return directoryNames == 1 ? null : $"has {directoryNames} directory names, where one says whose certificate it is";
    }

    private static bool IsReason(int value) => value is >= 0 and <= (int)X509RevocationReason.AACompromise and not 7;

    private static int OffsetOf(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> part) => whole.Overlaps(part, out int offset) ? offset : 0;
}
