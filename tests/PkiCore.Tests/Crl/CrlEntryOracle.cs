using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.X509;

namespace PkiCore.Tests.Crl;

/// <summary>An entry as BouncyCastle understands it.</summary>
internal sealed record CrlEntryOracle(byte[] SerialNumber, DateTime RevocationDate, int Reason, DateTime? InvalidityDate, byte[] CertificateIssuer)
{
    public static CrlEntryOracle[] Of(X509Crl crl)
    {
        // In the order of the file, which X509Crl.GetRevokedCertificates does not keep.
        byte[] issuer = crl.IssuerDN.GetDerEncoded();
        var entries = new List<CrlEntryOracle>();
        foreach (CrlEntry entry in CertificateList.GetInstance(Asn1Object.FromByteArray(crl.GetEncoded())).GetRevokedCertificates())
        {
            issuer = Extension(entry, X509Extensions.CertificateIssuer) is { } names ? DirectoryName(names) : issuer;
            entries.Add(new CrlEntryOracle(
                entry.UserCertificate.Value.ToByteArray(),
                entry.RevocationDate.ToDateTime(),
                Extension(entry, X509Extensions.ReasonCode) is { } reason ? DerEnumerated.GetInstance(reason).Value.IntValue : 0,
                Extension(entry, X509Extensions.InvalidityDate) is { } date ? DerGeneralizedTime.GetInstance(date).ToDateTime() : null,
                issuer));
        }

        return [.. entries];
    }

    private static Asn1Object? Extension(CrlEntry entry, DerObjectIdentifier oid) => entry.Extensions?.GetExtension(oid)?.GetParsedValue().ToAsn1Object();

    private static byte[] DirectoryName(Asn1Object names) =>
        GeneralNames.GetInstance(names).GetNames().Single(name => name.TagNo == GeneralName.DirectoryName).Name.GetDerEncoded();
}
