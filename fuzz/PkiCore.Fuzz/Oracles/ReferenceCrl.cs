using System.Formats.Asn1;
using System.Numerics;
using PkiCore.Asn1;
using PkiCore.Crl.Reading;
using PkiCore.Crl;

namespace PkiCore.Fuzz.Oracles;

/// <summary>A second parser of CRLs: on <see cref="AsnReader"/>, straight from RFC 5280 5.1. It need not refuse all that ours does, but takes all that ours takes.</summary>
internal static class ReferenceCrl
{
    private static readonly Asn1Tag s_context0 = new(TagClass.ContextSpecific, 0, isConstructed: true);

    public static void Check(byte[] encoded, CrlContents contents)
    {
        var whole = new AsnReader(encoded, AsnEncodingRules.DER);
        AsnReader outer = whole.ReadSequence();
        whole.ThrowIfNotEmpty();
        AsnReader signed = outer.ReadSequence();
        Oracle.SameBytes(outer.ReadEncodedValue().Span, contents.Algorithm, "the algorithm");
        Oracle.SameBytes(outer.ReadBitString(out int unusedBits), contents.Signature, "the signature");
        Oracle.Same(0, unusedBits, "unused bits");
        outer.ThrowIfNotEmpty();

        bool hasVersion = signed.PeekTag() == Asn1Tag.Integer;
        Oracle.Same(hasVersion ? signed.ReadInteger() + 1 : BigInteger.One, contents.Version, "the version");
        Oracle.SameBytes(signed.ReadEncodedValue().Span, contents.Algorithm, "the algorithm inside");
        Oracle.SameBytes(signed.ReadEncodedValue().Span, contents.Issuer, "the issuer");
        Oracle.Same(ReadTime(signed), contents.ThisUpdate, "thisUpdate");
        bool hasNext = signed.HasData && (signed.PeekTag() == Asn1Tag.UtcTime || signed.PeekTag() == Asn1Tag.GeneralizedTime);
        Oracle.Same(hasNext ? ReadTime(signed) : null, contents.NextUpdate, "nextUpdate");
        bool hasEntries = signed.HasData && signed.PeekTag() == Asn1Tag.Sequence;
        byte[][] extensionValues = [];
        AsnReader? entries = hasEntries ? signed.ReadSequence() : null;
        if (signed.HasData)
        {
            AsnReader wrapper = signed.ReadSequence(s_context0);
            extensionValues = CheckExtensions(wrapper.ReadSequence(), contents);
            wrapper.ThrowIfNotEmpty();
        }

        signed.ThrowIfNotEmpty();
        Oracle.Same(extensionValues.Length, contents.Extensions.Count, "number of extensions");
        CheckEntries(entries, contents);
        CheckPoint(contents.DistributionPoint);
    }

    private static byte[][] CheckExtensions(AsnReader extensions, CrlContents contents)
    {
        var values = new List<byte[]>();
        while (extensions.HasData)
        {
            (byte[] oid, bool critical, byte[] value) = ReadExtension(extensions.ReadSequence());
            CrlExtension read = contents.Extensions[values.Count];
            Oracle.SameBytes(oid, read.Oid.Span, "an extension");
            Oracle.Same(critical, read.IsCritical, "critical");
            Oracle.SameBytes(value, read.Value.Span, "the value of an extension");
            values.Add(value);
            CheckNumber(ObjectIdentifiers.CrlNumber, oid, value, contents.Number);
            CheckNumber(ObjectIdentifiers.DeltaCrlIndicator, oid, value, contents.BaseNumber);
            CheckValue(oid, new AsnReader(value, AsnEncodingRules.DER), contents);
        }

        return [.. values];
    }

    private static void CheckNumber(ReadOnlySpan<byte> wanted, byte[] oid, byte[] value, BigInteger? number)
    {
        if (wanted.SequenceEqual(oid))
        {
            Oracle.Same(new AsnReader(value, AsnEncodingRules.DER).ReadInteger(), number, "a number");
        }
    }

    private static void CheckValue(byte[] oid, AsnReader value, CrlContents contents)
    {
        if (ObjectIdentifiers.AuthorityKeyIdentifier.SequenceEqual(oid))
        {
            AsnReader fields = value.ReadSequence();
            var tag = new Asn1Tag(TagClass.ContextSpecific, 0);
            Oracle.SameBytes(fields.HasData && fields.PeekTag() == tag ? fields.ReadOctetString(tag) : [], contents.AuthorityKeyIdentifier, "the key identifier");
            Oracle.Same(fields.HasData, contents.HasAuthorityIssuerAndSerial, "issuer and serial number of the authority");
        }
        else if (ObjectIdentifiers.ExpiredCertsOnCrl.SequenceEqual(oid))
        {
            Oracle.Same(value.ReadGeneralizedTime(), contents.ExpiredCertsOnCrl, "the date from which expired certificates are there");
        }
        else if (ObjectIdentifiers.FreshestCrl.SequenceEqual(oid))
        {
            Oracle.Require(contents.FreshestCrl.All(uri => value.PeekEncodedValue().Span.IndexOf(System.Text.Encoding.ASCII.GetBytes(uri)) >= 0), "a URI stands in the extension");
        }
    }

    private static void CheckEntries(AsnReader? entries, CrlContents contents)
    {
        byte[] issuer = contents.Issuer;
        int count = 0;
        while (entries is { HasData: true })
        {
            CrlContentsEntry read = contents.Entries[count++];
            Oracle.SameBytes(entries.PeekEncodedValue().Span, read.Encoded, "an entry");
            AsnReader entry = entries.ReadSequence();
            Oracle.SameBytes(entry.ReadIntegerBytes().Span, read.Serial, "a serial number");
            Oracle.Same(ReadTime(entry), read.Date, "a revocation date");
            AsnReader? extensions = entry.HasData ? entry.ReadSequence() : null;
            entry.ThrowIfNotEmpty();
            int reason = 0;
            DateTimeOffset? invalidity = null;
            while (extensions is { HasData: true })
            {
                (byte[] oid, _, byte[] value) = ReadExtension(extensions.ReadSequence());
                var reader = new AsnReader(value, AsnEncodingRules.DER);
                reason = ObjectIdentifiers.ReasonCode.SequenceEqual(oid) ? reader.ReadEnumeratedBytes().Span[0] : reason;
                invalidity = ObjectIdentifiers.InvalidityDate.SequenceEqual(oid) ? reader.ReadGeneralizedTime() : invalidity;
                bool names = ObjectIdentifiers.CertificateIssuer.SequenceEqual(oid) && contents.DistributionPoint is { IsIndirect: true };
                issuer = names ? DirectoryName(reader) : issuer;
            }

            Oracle.Require(reason is >= 0 and <= 10 and not 7, "a reason is one of those there are");
            Oracle.Same(reason, read.Reason, "a reason");
            Oracle.Same(invalidity, read.InvalidityDate, "an invalidity date");
            Oracle.SameBytes(issuer, read.Issuer, "the issuer of a certificate");
        }

        Oracle.Same(count, contents.Entries.Count, "number of entries");
    }

    private static byte[] DirectoryName(AsnReader value)
    {
        AsnReader names = value.ReadSequence();
        while (names.PeekTag().TagValue != 4)
        {
            names.ReadEncodedValue();
        }

        return names.ReadSequence(names.PeekTag()).ReadEncodedValue().ToArray();
    }

    /// <summary>What is made of its URIs and flags is read as the same scope.</summary>
    private static void CheckPoint(IssuingDistributionPoint? point)
    {
        if (point is null || (point.HasDistributionPoint && point.Uris.Count == 0))
        {
            return;
        }

        ReadOnlyMemory<byte> written = (point with { }).GetEncoding();
        string? fault = IssuingDistributionPoint.TryRead(written.Span, out IssuingDistributionPoint? read);
        Oracle.Require(fault is null, "a scope that was written can be read");
        Oracle.Require(read!.Uris.SequenceEqual(point.Uris) && read with { Uris = [] } == point with { Uris = [] }, "a scope is the same when it was written and read");
    }

    private static (byte[] Oid, bool Critical, byte[] Value) ReadExtension(AsnReader extension)
    {
        byte[] oid = extension.ReadObjectIdentifierContents();
        bool critical = extension.PeekTag() == Asn1Tag.Boolean && extension.ReadBoolean();
        byte[] value = extension.ReadOctetString();
        extension.ThrowIfNotEmpty();
        return (oid, critical, value);
    }

    private static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag() == Asn1Tag.UtcTime ? reader.ReadUtcTime(twoDigitYearMax: 2049) : reader.ReadGeneralizedTime();
}
