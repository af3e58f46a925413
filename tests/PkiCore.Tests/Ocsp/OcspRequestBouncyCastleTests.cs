using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Ocsp;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Ocsp;
using PkiCore.Ocsp;
using PkiCore.Tests.Asn1;
using PkiCore.X509;
using OcspRequest = PkiCore.Ocsp.OcspRequest;

namespace PkiCore.Tests.Ocsp;

/// <summary>BouncyCastle reads the same out of a request as we do, whoever made it.</summary>
public sealed class OcspRequestBouncyCastleTests
{
    private static readonly string[] s_hashes =
        ["1.3.14.3.2.26", "2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.4", "2.16.840.1.101.3.4.2.2", "2.16.840.1.101.3.4.2.3", "1.2.840.113549.2.5"];

    [Fact]
    public void Vectors_are_read_alike()
    {
        foreach ((string name, byte[] encoded) in OcspRequestVectorTests.All())
        {
            Assert.True(IsReadAlike(encoded), name);
        }
    }

    [Fact]
    public void Requests_that_BouncyCastle_makes_are_read_alike() => Prop.ForAll<BigInteger[], byte[], byte>((serials, seed, choice) =>
    {
        var generator = new OcspReqGenerator();
        foreach (BigInteger serial in serials.DefaultIfEmpty(BigInteger.One).Take(OcspRequest.DefaultMaxCertificates))
        {
            generator.AddRequest(new CertificateID(new CertID(
                new AlgorithmIdentifier(new DerObjectIdentifier(s_hashes[choice % s_hashes.Length]), choice % 2 == 0 ? DerNull.Instance : null),
                new DerOctetString(seed),
                new DerOctetString([.. seed, 1]),
                new DerInteger(serial.ToByteArray(isUnsigned: false, isBigEndian: true)))));
        }

        if ((choice & 0x40) != 0)
        {
            generator.SetRequestorName(new GeneralName(GeneralName.Rfc822Name, "a@b"));
        }

        if (seed.Length is > 0 and <= 128)
        {
            var extensions = new X509ExtensionsGenerator();
            extensions.AddExtension(OcspObjectIdentifiers.PkixOcspNonce, (choice & 0x80) != 0, new DerOctetString(seed));
            extensions.AddExtension(OcspObjectIdentifiers.PkixOcspResponse, false, new DerSequence(OcspObjectIdentifiers.PkixOcspBasic));
            generator.SetRequestExtensions(extensions.Generate());
        }

        return IsReadAlike(generator.Generate().GetEncoded());
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Requests_made_by_hand_are_read_alike() => Prop.ForAll<BigInteger[], byte[], byte>((serials, nonce, choice) =>
    {
        IEnumerable<string> requests = serials.DefaultIfEmpty(BigInteger.MinusOne).Take(OcspRequest.DefaultMaxCertificates).Select(serial =>
            $"30(30(30({RequestText.Sha256} {(choice % 2 == 0 ? "0500" : "")}) 04({Convert.ToHexString(nonce)}) {RequestText.KeyHash} 02({Convert.ToHexString(serial.ToByteArray(isUnsigned: false, isBigEndian: true))})))");
        string extensions = nonce.Length is > 0 and <= 128 ? $"A2(30({RequestText.Unknown} {RequestText.Nonce(nonce.Length)}))" : "";
        return IsReadAlike(RequestText.WithToBeSigned($"30({string.Concat(requests)}) {extensions}"));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static bool IsReadAlike(byte[] encoded)
    {
        var theirs = new OcspReq(encoded);
        Req[] expected = theirs.GetRequestList();
        if (!OcspRequest.TryParse(encoded, out OcspRequest ours, out _) || ours.CertificateCount != expected.Length || ours.IsSigned != theirs.IsSigned)
        {
            return false;
        }

        int i = 0;
        foreach (CertId certId in ours)
        {
            CertificateID other = expected[i++].GetCertID();
            string? oid = certId.Hash is { } hash ? s_hashes[(int)hash] : null;
            if ((oid is not null ? oid != other.HashAlgOid : s_hashes.AsSpan(0, CertIdHashes.Count).Contains(other.HashAlgOid))
                || !certId.IssuerNameHash.SequenceEqual(other.GetIssuerNameHash())
                || !certId.IssuerKeyHash.SequenceEqual(other.GetIssuerKeyHash())
                || !certId.SerialNumber.SequenceEqual(other.SerialNumber.ToByteArray()))
            {
                return false;
            }
        }

        Asn1OctetString? nonce = theirs.RequestExtensions?.GetExtension(OcspObjectIdentifiers.PkixOcspNonce)?.Value;
        byte[] unwrapped = nonce is null ? [] : ((Asn1OctetString)Asn1Object.FromByteArray(nonce.GetOctets())).GetOctets();
        return ours.Nonce.SequenceEqual(unwrapped);
    }
}
