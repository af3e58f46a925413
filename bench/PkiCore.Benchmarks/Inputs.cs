using System.Formats.Asn1;
using System.Security.Cryptography;
using PkiCore.Responder.Demo;
using PkiCore.Testing;
using PkiCore.X509;

namespace PkiCore.Benchmarks;

/// <summary>The kinds of request that are measured.</summary>
public enum RequestKind
{
    /// <summary>What most clients send: one certificate, a SHA-1 CertID, no nonce (RFC 9919 3.1).</summary>
    Ordinary,

    /// <summary>The same with a nonce of 32 octets, as OpenSSL sends it (RFC 9654).</summary>
    WithNonce,

    /// <summary>The same by SHA-256.</summary>
    BySha256,
}

/// <summary>
/// What the benchmarks work on: a demonstration CA with as many listed certificates as wanted, and requests for them, written by
/// System.Formats.Asn1 and not by the code that is measured.
/// </summary>
internal sealed class Inputs : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Issuer _issuer;

    public Inputs(int certificates = 1, DemoKeyType signerKey = DemoKeyType.EcdsaP256)
    {
        Ca = DemoCa.Create(_directory.File("ca"), new DemoCaOptions { ResponderKeyType = signerKey }, TimeProvider.System);
        Serials = Ca.IssueMany(certificates);
        _issuer = Issuer.FromPemFile(Ca.CaPath);
    }

    public DemoCa Ca { get; }

    public Issuer Issuer => _issuer;

    /// <summary>Serial numbers of 16 random octets in hexadecimal; all are good.</summary>
    public IReadOnlyList<string> Serials { get; }

    public string File(string name) => _directory.File(name);

    /// <summary>OCSPRequest (RFC 6960 4.1.1) for one certificate.</summary>
    public byte[] CreateRequest(string serial, RequestKind kind = RequestKind.Ordinary)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            using (writer.PushSequence())
            {
                WriteCertId(writer, serial, kind == RequestKind.BySha256 ? CertIdHash.Sha256 : CertIdHash.Sha1);
            }

            if (kind == RequestKind.WithNonce)
            {
                WriteNonce(writer);
            }
        }

        return writer.Encode();
    }

    public void Dispose() => _directory.Dispose();

    private void WriteCertId(AsnWriter writer, string serial, CertIdHash hash)
    {
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(hash == CertIdHash.Sha1 ? "1.3.14.3.2.26" : "2.16.840.1.101.3.4.2.1");
                writer.WriteNull();
            }

            writer.WriteOctetString(_issuer.GetNameHash(hash));
            writer.WriteOctetString(_issuer.GetKeyHash(hash));
            writer.WriteInteger(Convert.FromHexString(serial));
        }
    }

    private static void WriteNonce(AsnWriter writer)
    {
        var nonce = new AsnWriter(AsnEncodingRules.DER);
        nonce.WriteOctetString(RandomNumberGenerator.GetBytes(32));
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 2)))
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("1.3.6.1.5.5.7.48.1.2");
            writer.WriteOctetString(nonce.Encode());
        }
    }
}
