using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Asn1;
using PkiCore.X509;

namespace PkiCore.Tests.X509;

/// <summary>BoringSSL's verify_signed_data_unittest: each row names why it is good or bad, as the first lines of the file do.</summary>
public sealed class SignedDataVectorTests
{
    private const string Folder = "boringssl-pki/verify_signed_data_unittest/";

    [Theory]
    [InlineData("ecdsa-prime256v1-sha512")]
    [InlineData("ecdsa-secp384r1-sha256")]
    [InlineData("rsa-pkcs1-sha1")]
    [InlineData("rsa-pkcs1-sha256")]
    [InlineData("rsa2048-pkcs1-sha512")]
    public void Right_signature_is_accepted(string name) => Assert.Equal("valid", Judge(name));

    [Theory]
    [Requirement("T-9", "T-22")]
    [InlineData("ecdsa-prime256v1-sha512-unused-bits-signature", "unused bits")]
    [InlineData("ecdsa-prime256v1-sha512-spki-params-null", "signature")]
    [InlineData("ecdsa-prime256v1-sha512-using-ecdh-key", "signature")]
    [InlineData("ecdsa-prime256v1-sha512-using-ecmqv-key", "signature")]
    [InlineData("ecdsa-prime256v1-sha512-using-rsa-algorithm", "signature")]
    [InlineData("ecdsa-prime256v1-sha512-wrong-signature-format", "signature")]
    [InlineData("ecdsa-secp384r1-sha256-corrupted-data", "signature")]
    [InlineData("ecdsa-using-rsa-key", "signature")]
    [InlineData("rsa-pkcs1-sha1-bad-key-der-length", "key")]
    [InlineData("rsa-pkcs1-sha1-bad-key-der-null", "key")]
    [InlineData("rsa-pkcs1-sha1-using-pss-key-no-params", "signature")]
    [InlineData("rsa-pkcs1-sha1-wrong-algorithm", "signature")]
    [InlineData("rsa-pkcs1-sha256-using-ecdsa-algorithm", "signature")]
    [InlineData("rsa-pkcs1-sha256-using-id-ea-rsa", "signature")]
    [InlineData("rsa-pkcs1-sha256-spki-non-null-params", "key")]
    [InlineData("rsa-using-ec-key", "signature")]
    [InlineData("mldsa-44", "algorithm")]
    [InlineData("mldsa-44-spki-params-null", "algorithm")]
    [InlineData("mldsa-65", "algorithm")]
    [InlineData("mldsa-65-spki-params-null", "algorithm")]
    [InlineData("mldsa-87", "algorithm")]
    [InlineData("mldsa-87-spki-params-null", "algorithm")]
    [InlineData("rsa-pss-sha256-using-pss-key-with-params", "signature")]
    [InlineData("rsa-pss-sha256-wrong-salt", "signature")]
    public void Wrong_or_unsupported_is_refused_and_nothing_throws(string name, string reason) => Assert.Equal(reason, Judge(name));

    [Theory]
    [InlineData("rsa-pkcs1-sha1-key-params-absent", "the key's parameters are .NET's to judge: absent ones leave no doubt about the key")]
    [InlineData("rsa-pkcs1-sha256-key-encoded-ber", "as above: the encoding of a certificate that its CA signed")]
    public void Oddly_encoded_key_of_a_right_signature(string name, string reason)
    {
        Assert.NotEmpty(reason);
        Assert.Equal("valid", Judge(name));
    }

    [Fact]
    public void No_vector_is_left_out() => Assert.Equal(31, Vectors.Files(Folder, "*.pem").Count);

    private static string Judge(string name)
    {
        byte[] algorithm = Vectors.Pem($"{Folder}{name}.pem", "ALGORITHM");
        byte[] data = Vectors.Pem($"{Folder}{name}.pem", "DATA");
        var bitString = new DerReader(Vectors.Pem($"{Folder}{name}.pem", "SIGNATURE"));
        Assert.True(bitString.TryReadBitString(out ReadOnlySpan<byte> signature, out int unusedBits));

        // "algorithm" is not supported; "key": .NET does not load the certificate; "signature": it does, and verification fails
        if (SignatureAlgorithm.Find(algorithm) is not { } known)
        {
            return "algorithm";
        }

        if (unusedBits != 0)
        {
            return "unused bits"; // as OcspResponse.Parse and IsIssuedBy refuse it
        }

        using X509Certificate2? certificate = MakeCertificate(Vectors.Pem($"{Folder}{name}.pem", "PUBLIC KEY"));
        if (certificate is null)
        {
            return "key";
        }

        return SignatureVerifier.Verify(certificate, known, data, signature) ? "valid" : "signature";
    }

    /// <summary>A certificate around a public key; only the key matters.</summary>
    private static X509Certificate2? MakeCertificate(byte[] publicKey)
    {
        // By hand: AsnWriter does not take a key that is no DER.
        byte[] algorithm = SignatureAlgorithm.EcdsaWithSha256.Encoded.ToArray();
        byte[] validity = Convert.FromHexString("301E170D3730303130313030303030305A170D3730303130313030303030305A");
        byte[] toBeSigned = Wrap(DerTag.Sequence, [DerTag.Integer, 1, 1, .. algorithm, 0x30, 0, .. validity, 0x30, 0, .. publicKey]);
        byte[] encoded = Wrap(DerTag.Sequence, [.. toBeSigned, .. algorithm, DerTag.BitString, 2, 0, 0]);
        try
        {
            return X509CertificateLoader.LoadCertificate(encoded);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static byte[] Wrap(byte tag, ReadOnlySpan<byte> contents)
    {
        byte[] encoded = new byte[DerWriter.GetEncodedLength(contents.Length)];
        new DerWriter(encoded).Write(tag, contents);
        return encoded;
    }
}
