using PkiCore.Asn1;
using PkiCore.X509;

namespace PkiCore.Crl.Reading;

/// <summary>Reads an entry of any shape, and says what is wrong with one. <see cref="CrlEntryFields"/> keeps what it finds.</summary>
internal struct CrlEntryParser
{
    /// <summary>More than anybody has; bounds the search for repetitions.</summary>
    private const int MaxExtensions = 32;

    public int SerialOffset { get; private set; }

    public int SerialLength { get; private set; }

    public int Reason { get; private set; }

    public CrlEntryTraits Traits { get; private set; }

    public int InvalidityDateOffset { get; private set; }

    public int UnknownCriticalOffset { get; private set; }

    public int IssuerOffset { get; private set; }

    public int IssuerLength { get; private set; }

    /// <summary>Reads an entry, at most 64 KiB of it.</summary>
    /// <returns>What is wrong with it; <see langword="null"/> when nothing is.</returns>
    public string? Read(ReadOnlySpan<byte> encoded)
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

        if (serial.Length > CrlEntryFields.MaxSerialLength)
        {
            return $"its serial number has more than {CrlEntryFields.MaxSerialLength} octets";
        }

        SerialOffset = OffsetOf(encoded, serial);
        SerialLength = serial.Length;
        if (!entry.TryReadTime(out _))
        {
            return "its revocationDate is neither UTCTime, through 2049, nor GeneralizedTime, from 2050, with seconds and Z";
        }

        if (entry.IsEmpty)
        {
            return null;
        }

        Traits = CrlEntryTraits.HasExtensions;
        return !entry.TryReadSequence(out DerReader extensions) || !entry.IsEmpty || extensions.IsEmpty
            ? "its extensions are not one SEQUENCE with something in it"
            : ReadExtensions(encoded, ref extensions);
    }

    private string? ReadExtensions(ReadOnlySpan<byte> encoded, scoped ref DerReader extensions)
    {
        ReadOnlySpan<byte> all = extensions.Remaining;
        for (int count = 0; !extensions.IsEmpty; count++)
        {
            if (count == MaxExtensions)
            {
                return $"it has more than {MaxExtensions} extensions";
            }

            ReadOnlySpan<byte> whole = extensions.Remaining;
            if (!ExtensionReader.TryRead(ref extensions, out ReadOnlySpan<byte> oid, out bool critical, out ReadOnlySpan<byte> value))
            {
                return "an extension is malformed";
            }

            if (critical && UnknownCriticalOffset == 0 && !IsKnown(oid))
            {
                UnknownCriticalOffset = OffsetOf(encoded, whole);
            }

            string? fault = ExtensionReader.IsRepeated(all, oid, count) ? "is there twice" : ReadExtension(encoded, oid, critical, value);
            if (fault is not null)
            {
                return $"extension {ExtensionReader.Describe(oid)} {fault}";
            }
        }

        return null;
    }

    private string? ReadExtension(ReadOnlySpan<byte> encoded, ReadOnlySpan<byte> oid, bool critical, ReadOnlySpan<byte> value)
    {
        var reader = new DerReader(value);
        if (oid.SequenceEqual(ObjectIdentifiers.ReasonCode))
        {
            bool read = reader.TryReadEnumerated(out int reason) && reader.IsEmpty && CrlEntryFields.IsReason(reason);
            Reason = reason;
            Traits |= CrlEntryTraits.HasReason | (critical ? CrlEntryTraits.IsReasonCritical : CrlEntryTraits.None);
            return read ? null : "is not a reason of 0 to 6 or 8 to 10";
        }

        if (oid.SequenceEqual(ObjectIdentifiers.InvalidityDate))
        {
            bool read = reader.TryReadGeneralizedTime(out _) && reader.IsEmpty;
            InvalidityDateOffset = read ? OffsetOf(encoded, value) + 2 : 0;
            Traits |= critical ? CrlEntryTraits.IsInvalidityDateCritical : CrlEntryTraits.None;
            return read ? null : "is not a GeneralizedTime with seconds and Z";
        }

        if (oid.SequenceEqual(ObjectIdentifiers.CertificateIssuer))
        {
            Traits |= CrlEntryTraits.HasCertificateIssuer | (critical ? CrlEntryTraits.IsCertificateIssuerCritical : CrlEntryTraits.None);
            return ReadCertificateIssuer(encoded, ref reader);
        }

        return null;
    }

    private string? ReadCertificateIssuer(ReadOnlySpan<byte> encoded, ref DerReader reader)
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
                IssuerOffset = OffsetOf(encoded, contents);
                IssuerLength = contents.Length;
            }
        }

        return directoryNames == 1 ? null : $"has {directoryNames} directory names, where one says whose certificate it is";
    }

    private static bool IsKnown(ReadOnlySpan<byte> oid) => oid.SequenceEqual(ObjectIdentifiers.ReasonCode)
        || oid.SequenceEqual(ObjectIdentifiers.InvalidityDate)
        || oid.SequenceEqual(ObjectIdentifiers.CertificateIssuer);

    private static int OffsetOf(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> part) => whole.Overlaps(part, out int offset) ? offset : 0;
}
