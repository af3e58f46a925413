using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.X509;

namespace PkiCore.Tests.Crl;

/// <summary>An extension; <see cref="TestCrl.Encode"/> writes whatever is in it.</summary>
internal sealed record TestExtension(string Oid, byte[] Value, bool IsCritical = false);

/// <summary>An entry of a CRL.</summary>
internal sealed record TestEntry(string SerialHex)
{
    public DateTimeOffset RevocationDate { get; init; } = TestCrl.Start.AddDays(-1);

    public TestExtension[] Extensions { get; init; } = [];

    public static TestEntry WithReason(int reason, bool isCritical = false) =>
        new("0A01") { Extensions = [new("2.5.29.21", TestCrl.Der(writer => writer.WriteEnumeratedValue((Reason)reason)), isCritical)] };

#pragma warning disable CA1712 // AsnWriter writes ENUMERATED from an enum only
    private enum Reason
    {
    }
#pragma warning restore CA1712
}

/// <summary>A CRL, also one that breaks rules, signed by a key that lives as long as the tests. Without changes it suits both profiles.</summary>
internal sealed record TestCrl
{
    public const string CrlNumber = "2.5.29.20";
    public const string DeltaCrlIndicator = "2.5.29.27";
    public const string IssuingDistributionPoint = "2.5.29.28";
    public const string AuthorityKeyIdentifier = "2.5.29.35";
    public const string FreshestCrl = "2.5.29.46";
    public const string AuthorityInfoAccess = "1.3.6.1.5.5.7.1.1";

    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 30, 30, TimeSpan.Zero);

    private static readonly ECDsa s_key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public bool IsVersion2 { get; init; } = true;

    public byte[] Algorithm { get; init; } = SignatureAlgorithm.EcdsaWithSha256.Encoded.ToArray();

    public string Issuer { get; init; } = "CN=Test CA";

    public DateTimeOffset ThisUpdate { get; init; } = Start;

    public DateTimeOffset? NextUpdate { get; init; } = Start.AddDays(7);

    public TestEntry[] Entries { get; init; } = [new("0A01"), TestEntry.WithReason(1)];

    public TestExtension[] Extensions { get; init; } = [KeyId(), Number(7)];

    public static TestExtension Number(BigInteger number, bool isCritical = false) => new(CrlNumber, Der(writer => writer.WriteInteger(number)), isCritical);

    public static TestExtension BaseNumber(BigInteger number, bool isCritical = true) => new(DeltaCrlIndicator, Der(writer => writer.WriteInteger(number)), isCritical);

    public static TestExtension KeyId(bool isCritical = false) => new(AuthorityKeyIdentifier, Convert.FromHexString("3006800401020304"), isCritical);

    /// <summary>A CRL with these extensions instead of those of their kind, or on top.</summary>
    public static TestCrl With(params TestExtension[] extensions)
    {
        var plain = new TestCrl();
        return plain with { Extensions = [.. plain.Extensions.Where(one => extensions.All(other => other.Oid != one.Oid)), .. extensions] };
    }

    /// <summary>A CRL without an extension.</summary>
    public static TestCrl Without(string oid)
    {
        var plain = new TestCrl();
        return plain with { Extensions = [.. plain.Extensions.Where(one => one.Oid != oid)] };
    }

    public static byte[] Der(Action<AsnWriter> write)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        write(writer);
        return writer.Encode();
    }

    public byte[] Encode()
    {
        byte[] signed = Der(WriteSigned);
        return Der(writer =>
        {
            using (writer.PushSequence())
            {
                writer.WriteEncodedValue(signed);
                writer.WriteEncodedValue(Algorithm);
                writer.WriteBitString(s_key.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
            }
        });
    }

    private void WriteSigned(AsnWriter writer)
    {
        using (writer.PushSequence())
        {
            if (IsVersion2)
            {
                writer.WriteInteger(1);
            }

            writer.WriteEncodedValue(Algorithm);
            writer.WriteEncodedValue(new X500DistinguishedName(Issuer).RawData);
            WriteTime(writer, ThisUpdate);
            if (NextUpdate is { } nextUpdate)
            {
                WriteTime(writer, nextUpdate);
            }

            WriteEntries(writer);
            if (Extensions.Length > 0)
            {
                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                {
                    WriteExtensions(writer, Extensions);
                }
            }
        }
    }

    private void WriteEntries(AsnWriter writer)
    {
        if (Entries.Length == 0)
        {
            return;
        }

        using (writer.PushSequence())
        {
            foreach (TestEntry entry in Entries)
            {
                using (writer.PushSequence())
                {
                    writer.WriteInteger(Convert.FromHexString(entry.SerialHex));
                    WriteTime(writer, entry.RevocationDate);
                    if (entry.Extensions.Length > 0)
                    {
                        WriteExtensions(writer, entry.Extensions);
                    }
                }
            }
        }
    }

    private static void WriteExtensions(AsnWriter writer, TestExtension[] extensions)
    {
        using (writer.PushSequence())
        {
            foreach (TestExtension extension in extensions)
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(extension.Oid);
                    if (extension.IsCritical)
                    {
                        writer.WriteBoolean(true);
                    }

                    writer.WriteOctetString(extension.Value);
                }
            }
        }
    }

    private static void WriteTime(AsnWriter writer, DateTimeOffset value)
    {
        if (value.Year is >= 1950 and <= 2049)
        {
            writer.WriteUtcTime(value, 2049);
        }
        else
        {
            writer.WriteGeneralizedTime(value, omitFractionalSeconds: true);
        }
    }
}
