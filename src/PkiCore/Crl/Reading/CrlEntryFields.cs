using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Asn1;

namespace PkiCore.Crl.Reading;

/// <summary>What a lint wants to know of an entry's extensions.</summary>
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
/// <remarks>Packed: copied by fields it would take as long as all the rest of reading an entry.</remarks>
internal readonly struct CrlEntryFields
{
    /// <summary>No serial number in use is longer than 21 octets; longer ones are read for what they are.</summary>
    public const int MaxSerialLength = 64;

    private readonly uint _usual; // octets: offset and length of the serial number, reason, traits
    private readonly ulong _rare; // offsets and a length of 16 bits each; 0 for what is not there

    private CrlEntryFields(int serialOffset, int serialLength, int reason, CrlEntryTraits traits) =>
        _usual = (uint)(serialOffset | (serialLength << 8) | (reason << 16) | ((int)traits << 24));

    /// <param name="entry">All of the entry.</param>
    public CrlEntryFields(in CrlEntryParser entry)
        : this(entry.SerialOffset, entry.SerialLength, entry.Reason, entry.Traits) =>
        _rare = (uint)entry.InvalidityDateOffset | ((ulong)entry.UnknownCriticalOffset << 16) | ((ulong)entry.IssuerOffset << 32) | ((ulong)entry.IssuerLength << 48);

    public int SerialOffset => (byte)_usual;

    public int SerialLength => (byte)(_usual >> 8);

    public int Reason => (byte)(_usual >> 16);

    public CrlEntryTraits Traits => (CrlEntryTraits)(_usual >> 24);

    /// <summary>Of the GeneralizedTime's text; 0 when there is no invalidityDate.</summary>
    public int InvalidityDateOffset => (ushort)_rare;

    /// <summary>Of the first critical extension that is not known; 0 when there is none.</summary>
    public int UnknownCriticalOffset => (ushort)(_rare >> 16);

    /// <summary>Of the Name in certificateIssuer.</summary>
    public int IssuerOffset => (ushort)(_rare >> 32);

    public int IssuerLength => (ushort)(_rare >> 48);

    /// <summary>A reasonCode as the only extension: the bytes in front of the reason.</summary>
    private static ReadOnlySpan<byte> ReasonPrefix => [0x30, 0x0C, 0x30, 0x0A, 0x06, 0x03, 0x55, 0x1D, 0x15, 0x04, 0x03, 0x0A, 0x01];

    /// <summary>Reads an entry.</summary>
    /// <param name="encoded">The whole entry, at most 64 KiB.</param>
    /// <param name="fields">Where its fields are.</param>
    /// <returns>What is wrong with it; <see langword="null"/> when nothing is.</returns>
    public static string? Read(ReadOnlySpan<byte> encoded, out CrlEntryFields fields)
    {
        if (TryReadUsual(encoded, out fields))
        {
            return null;
        }

        var parser = default(CrlEntryParser);
        string? fault = parser.Read(encoded);
        fields = new CrlEntryFields(parser);
        return fault;
    }

    public static bool IsReason(int value) => (uint)value <= (uint)X509RevocationReason.AACompromise && value != 7;

    /// <summary>Nearly all entries: a short SEQUENCE of serial number, UTCTime and, if anything, a reason. Refuses nothing: it leaves the rest to <see cref="Read"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadUsual(ReadOnlySpan<byte> encoded, out CrlEntryFields fields)
    {
        fields = default;
        if (encoded.Length < 5 || encoded.Length >= 0x80 || encoded[0] != DerTag.Sequence || encoded[1] != encoded.Length - 2 || encoded[2] != DerTag.Integer)
        {
            return false;
        }

        int serialLength = encoded[3];
        int rest = encoded.Length - 4 - serialLength - (2 + DerTime.UtcLength);
        if (serialLength is 0 or > MaxSerialLength || (rest != 0 && rest != ReasonPrefix.Length + 1) || (encoded[4] is 0x00 or 0xFF && serialLength != 1))
        {
            return false; // the last: one octet too many, perhaps
        }

        ReadOnlySpan<byte> date = encoded.Slice(4 + serialLength, 2 + DerTime.UtcLength);
        if (date[0] != DerTag.UtcTime || date[1] != DerTime.UtcLength || !DerTime.IsValidUtc(date[2..]))
        {
            return false;
        }

        if (rest != 0)
        {
            ReadOnlySpan<byte> extensions = encoded[^(ReasonPrefix.Length + 1)..];
            if (!extensions.StartsWith(ReasonPrefix) || !IsReason(extensions[^1]))
            {
                return false;
            }

            fields = new CrlEntryFields(4, serialLength, extensions[^1], CrlEntryTraits.HasReason | CrlEntryTraits.HasExtensions);
            return true;
        }

        fields = new CrlEntryFields(4, serialLength, reason: 0, CrlEntryTraits.None);
        return true;
    }
}
