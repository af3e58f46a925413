using System.Buffers;
using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Asn1;
using PkiCore.Crl.Reading;
using PkiCore.Crl.State;
using PkiCore.X509;

namespace PkiCore.Crl.Issuing;

/// <summary>What is signed of a CRL (RFC 5280 5.1.2), as pieces of memory: the entries are where they always are, and only what stands around them is made.</summary>
internal sealed class TbsCertList
{
    private const string SubjectKeyIdentifier = "2.5.29.14";

    private readonly byte[] _head;
    private readonly byte[] _tail;
    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _entries;

    /// <param name="fields">What the CRL says.</param>
    /// <param name="algorithm">How it will be signed.</param>
    public TbsCertList(CrlBuilder fields, SignatureAlgorithm algorithm)
    {
        _entries = GatherEntries(fields.Entries);
        long entriesLength = _entries.Sum(piece => (long)piece.Length);
        _tail = EncodeExtensions(fields);

        var contents = new ArrayBufferWriter<byte>();
        contents.Write((ReadOnlySpan<byte>)[DerTag.Integer, 1, 1]); // CF-2, CF-3: version 2
        contents.Write(algorithm.Encoded); // CF-4
        contents.Write(fields.Issuer.Certificate.SubjectName.RawData); // CF-5: byte for byte
        WriteTime(contents, fields.ThisUpdate);
        WriteTime(contents, fields.NextUpdate); // CF-2
        if (entriesLength > 0)
        {
            WriteHeader(contents, DerTag.Sequence, entriesLength); // CF-8: absent when empty
        }

        long length = contents.WrittenCount + entriesLength + _tail.Length;
        var head = new ArrayBufferWriter<byte>();
        WriteHeader(head, DerTag.Sequence, length);
        head.Write(contents.WrittenSpan);
        _head = head.WrittenSpan.ToArray();
        Length = _head.Length + entriesLength + _tail.Length;
        Algorithm = algorithm;
    }

    public SignatureAlgorithm Algorithm { get; }

    /// <summary>Of the whole value.</summary>
    public long Length { get; }

    /// <summary>The whole CertificateList with a signature.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> GetCertificateList(ReadOnlySpan<byte> signature)
    {
        var tail = new ArrayBufferWriter<byte>();
        tail.Write(Algorithm.Encoded);
        WriteHeader(tail, DerTag.BitString, signature.Length + 1);
        tail.Write((ReadOnlySpan<byte>)[0]); // unused bits
        tail.Write(signature);
        var head = new ArrayBufferWriter<byte>();
        WriteHeader(head, DerTag.Sequence, Length + tail.WrittenCount);
        return [head.WrittenMemory, _head, .. _entries, _tail, tail.WrittenMemory];
    }

    /// <summary>Of an indirect CRL the certificates of its own issuer come first: it is the default until an entry names another, which then sticks (CE-3).</summary>
    private static List<ReadOnlyMemory<byte>> GatherEntries(IReadOnlyList<(Issuer Issuer, RevokedCertificates Revoked)> byIssuer)
    {
        var pieces = new List<ReadOnlyMemory<byte>>();
        for (int i = 0; i < byIssuer.Count; i++)
        {
            bool isFirst = i > 0;
            foreach (ReadOnlyMemory<byte> run in byIssuer[i].Revoked.Runs)
            {
                ReadOnlyMemory<byte> rest = run;
                if (isFirst)
                {
                    var reader = new DerReader(run.Span);
                    _ = reader.TryReadEncoded(out ReadOnlySpan<byte> first);
                    pieces.Add(CrlEntryEncoder.WithCertificateIssuer(first, byIssuer[i].Issuer.Certificate.SubjectName.RawData));
                    rest = run[first.Length..];
                    isFirst = false;
                }

                pieces.Add(rest);
            }
        }

        return pieces;
    }

    private static byte[] EncodeExtensions(CrlBuilder fields)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        using (writer.PushSequence())
        {
            WriteExtension(writer, ObjectIdentifiers.AuthorityKeyIdentifier, isCritical: false, EncodeKeyIdentifier(fields.Issuer.Certificate)); // CX-1
            if (fields.IssuerAltName is { } altName)
            {
                WriteExtension(writer, ObjectIdentifiers.IssuerAltName, isCritical: false, altName.Span); // CX-19
            }

            WriteExtension(writer, ObjectIdentifiers.CrlNumber, isCritical: false, EncodeInteger(fields.Number)); // CX-2
            if (fields.BaseNumber is { } baseNumber)
            {
                WriteExtension(writer, ObjectIdentifiers.DeltaCrlIndicator, isCritical: true, EncodeInteger(baseNumber)); // CX-4
            }

            if (fields.DistributionPoint is { } point)
            {
                WriteExtension(writer, ObjectIdentifiers.IssuingDistributionPoint, isCritical: true, point.GetEncoding().Span); // CX-11
            }

            if (fields.FreshestCrl.Count > 0 && fields.BaseNumber is null)
            {
                WriteExtension(writer, ObjectIdentifiers.FreshestCrl, isCritical: false, EncodeDistributionPoint(fields.FreshestCrl)); // CX-17
            }

            if (fields.CaIssuers.Count > 0)
            {
                WriteExtension(writer, ObjectIdentifiers.AuthorityInfoAccess, isCritical: false, EncodeCaIssuers(fields.CaIssuers)); // CX-18
            }

            if (fields.ExpiredCertsOnCrl is { } since)
            {
                WriteExtension(writer, ObjectIdentifiers.ExpiredCertsOnCrl, isCritical: false, EncodeGeneralizedTime(since)); // CX-20
            }
        }

        return writer.Encode();
    }

    private static void WriteExtension(AsnWriter writer, ReadOnlySpan<byte> oid, bool isCritical, ReadOnlySpan<byte> value)
    {
        Span<byte> encodedOid = stackalloc byte[2 + oid.Length];
        new DerWriter(encodedOid).WriteObjectIdentifier(oid);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(encodedOid);
            if (isCritical)
            {
                writer.WriteBoolean(true); // T-8: FALSE is the default, and left out
            }

            writer.WriteOctetString(value);
        }
    }

    /// <summary>The identifier that the issuer's certificate gives its key; where it gives none, method (1) of RFC 5280 4.2.1.2.</summary>
    private static byte[] EncodeKeyIdentifier(X509Certificate2 issuer)
    {
        ReadOnlySpan<byte> identifier = issuer.Extensions[SubjectKeyIdentifier] is X509SubjectKeyIdentifierExtension extension
            ? extension.SubjectKeyIdentifierBytes.Span
#pragma warning disable CA5350 // Do Not Use Weak Cryptographic Algorithms: an identifier, as RFC 5280 defines it
            : SHA1.HashData(issuer.PublicKey.EncodedKeyValue.RawData);
#pragma warning restore CA5350
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteOctetString(identifier, new Asn1Tag(TagClass.ContextSpecific, 0));
        }

        return writer.Encode();
    }

    private static byte[] EncodeInteger(BigInteger value)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteInteger(value);
        return writer.Encode();
    }

    private static byte[] EncodeGeneralizedTime(DateTimeOffset value)
    {
        byte[] encoded = new byte[2 + DerTime.Length];
        new DerWriter(encoded).WriteGeneralizedTime(value);
        return encoded;
    }

    /// <summary>CRLDistributionPoints with one point, found at any of the URIs.</summary>
    private static byte[] EncodeDistributionPoint(IReadOnlyList<string> uris)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        {
            foreach (string uri in uris)
            {
                WriteUri(writer, uri);
            }
        }

        return writer.Encode();
    }

    private static byte[] EncodeCaIssuers(IReadOnlyList<string> uris)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (string uri in uris)
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier("1.3.6.1.5.5.7.48.2");
                    WriteUri(writer, uri);
                }
            }
        }

        return writer.Encode();
    }

    private static void WriteUri(AsnWriter writer, string uri) =>
        writer.WriteCharacterString(UniversalTagNumber.IA5String, uri, new Asn1Tag(TagClass.ContextSpecific, 6));

    private static void WriteTime(ArrayBufferWriter<byte> buffer, DateTimeOffset value)
    {
        var writer = new DerWriter(buffer.GetSpan(2 + DerTime.Length));
        writer.WriteTime(value); // CF-6
        buffer.Advance(writer.Written);
    }

    /// <summary>Like <see cref="DerWriter.WriteHeader"/>, for more than 2 GiB too (T-27).</summary>
    private static void WriteHeader(ArrayBufferWriter<byte> buffer, byte tag, long length)
    {
        Span<byte> header = buffer.GetSpan(LongHeader.MaxHeaderLength);
        buffer.Advance(LongHeader.Write(tag, length, header));
    }
}
