using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Tests.Serving;

namespace PkiCore.Tests.Crl;

/// <summary>A revoked certificate on a <see cref="SignedCrl"/>.</summary>
/// <param name="Serial">In hexadecimal, as <c>SerialNumber</c> writes it.</param>
/// <param name="Reason">Why.</param>
internal sealed record Revoked(string Serial, X509RevocationReason Reason = X509RevocationReason.Unspecified)
{
    public DateTimeOffset Date { get; init; } = new(2025, 12, 1, 0, 0, 0, TimeSpan.Zero);

    public DateTimeOffset? InvalidityDate { get; init; }

    /// <summary>The name of another issuer.</summary>
    public string? Issuer { get; init; }

    /// <summary>Of a critical extension that nobody knows.</summary>
    public string? UnknownCritical { get; init; }

    public static Revoked Hold(string serial) => new(serial, X509RevocationReason.CertificateHold);

    public static Revoked Compromised(string serial) => new(serial, X509RevocationReason.KeyCompromise);

    public static Revoked Removed(string serial) => new(serial, X509RevocationReason.RemoveFromCrl);
}

/// <summary>A CRL that an authority of a test signs, written by <see cref="AsnWriter"/> alone.</summary>
internal sealed record SignedCrl
{
    public required DateTimeOffset ThisUpdate { get; init; }

    public DateTimeOffset? NextUpdate { get; init; }

    public BigInteger? Number { get; init; }

    public BigInteger? BaseNumber { get; init; }

    /// <summary>The value of IssuingDistributionPoint, in hexadecimal.</summary>
    public string? DistributionPoint { get; init; }

    /// <summary>The key identifier, in hexadecimal.</summary>
    public string? AuthorityKey { get; init; }

    /// <summary>Of a critical extension that nobody knows.</summary>
    public string? UnknownCritical { get; init; }

    public IReadOnlyList<Revoked> Entries { get; init; } = [];

    /// <summary>The value of an IssuingDistributionPoint with a URI, in hexadecimal.</summary>
    public static string PointOf(string uri) => Convert.ToHexString(Der(writer =>
    {
        var context = new Asn1Tag(TagClass.ContextSpecific, 0);
        using (writer.PushSequence())
        using (writer.PushSequence(context))
        using (writer.PushSequence(context))
        {
            writer.WriteCharacterString(UniversalTagNumber.IA5String, uri, new Asn1Tag(TagClass.ContextSpecific, 6));
        }
    }));

    public byte[] Sign(TestAuthority authority)
    {
        byte[] signed = Der(writer => WriteSigned(writer, authority.Certificate.SubjectName.RawData));
        return Der(writer =>
        {
            using (writer.PushSequence())
            {
                writer.WriteEncodedValue(signed);
                WriteAlgorithm(writer);
                writer.WriteBitString(authority.Key.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
            }
        });
    }

    private void WriteSigned(AsnWriter writer, byte[] issuerName)
    {
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            WriteAlgorithm(writer);
            writer.WriteEncodedValue(issuerName);
            writer.WriteUtcTime(ThisUpdate, 2049);
            if (NextUpdate is { } nextUpdate)
            {
                writer.WriteUtcTime(nextUpdate, 2049);
            }

            if (Entries.Count > 0)
            {
                using (writer.PushSequence())
                {
                    foreach (Revoked entry in Entries)
                    {
                        WriteEntry(writer, entry);
                    }
                }
            }

            WriteExtensions(writer);
        }
    }

    private void WriteExtensions(AsnWriter writer)
    {
        if ((Number ?? BaseNumber) is null && DistributionPoint is null && AuthorityKey is null && UnknownCritical is null)
        {
            return;
        }

        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        using (writer.PushSequence())
        {
            WriteExtension(writer, "2.5.29.35", AuthorityKey is { } key ? Der(value => WriteKeyIdentifier(value, Convert.FromHexString(key))) : null);
            WriteExtension(writer, "2.5.29.20", Number is { } number ? Der(value => value.WriteInteger(number)) : null);
            WriteExtension(writer, "2.5.29.27", BaseNumber is { } baseNumber ? Der(value => value.WriteInteger(baseNumber)) : null, isCritical: true);
            WriteExtension(writer, "2.5.29.28", DistributionPoint is { } point ? Convert.FromHexString(point) : null, isCritical: true);
            WriteExtension(writer, UnknownCritical ?? "", UnknownCritical is null ? null : [5, 0], isCritical: true);
        }
    }

    private static void WriteKeyIdentifier(AsnWriter writer, byte[] identifier)
    {
        using (writer.PushSequence())
        {
            writer.WriteOctetString(identifier, new Asn1Tag(TagClass.ContextSpecific, 0));
        }
    }

    private static void WriteEntry(AsnWriter writer, Revoked entry)
    {
        using (writer.PushSequence())
        {
            writer.WriteInteger(BigInteger.Parse("0" + entry.Serial, System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture));
            writer.WriteUtcTime(entry.Date, 2049);
            if (entry.Reason == X509RevocationReason.Unspecified && entry.InvalidityDate is null && entry.Issuer is null && entry.UnknownCritical is null)
            {
                return;
            }

            using (writer.PushSequence())
            {
                WriteExtension(writer, "2.5.29.21", entry.Reason != X509RevocationReason.Unspecified ? [10, 1, (byte)entry.Reason] : null);
                WriteExtension(writer, "2.5.29.24", entry.InvalidityDate is { } date ? Der(value => value.WriteGeneralizedTime(date, omitFractionalSeconds: true)) : null);
                WriteExtension(writer, "2.5.29.29", entry.Issuer is { } issuer ? DirectoryName(issuer) : null, isCritical: true);
                WriteExtension(writer, entry.UnknownCritical ?? "", entry.UnknownCritical is null ? null : [5, 0], isCritical: true);
            }
        }
    }

    private static byte[] DirectoryName(string name) => Der(writer =>
    {
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 4)))
        {
            writer.WriteEncodedValue(new X500DistinguishedName(name).RawData);
        }
    });

    private static void WriteExtension(AsnWriter writer, string oid, byte[]? value, bool isCritical = false)
    {
        if (value is null)
        {
            return;
        }

        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
            if (isCritical)
            {
                writer.WriteBoolean(true);
            }

            writer.WriteOctetString(value);
        }
    }

    private static void WriteAlgorithm(AsnWriter writer)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("1.2.840.10045.4.3.2"); // ecdsa-with-SHA256
        }
    }

    private static byte[] Der(Action<AsnWriter> write)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        write(writer);
        return writer.Encode();
    }
}
