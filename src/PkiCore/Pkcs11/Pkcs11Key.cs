using System.Security.Cryptography.X509Certificates;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Pkcs11;

/// <summary>A private key on a token, see <see cref="Pkcs11Token.FindKeys"/>. Immutable; usable until the token is disposed.</summary>
public sealed class Pkcs11Key
{
    private readonly TokenConnection _token;
    private readonly Pkcs11Options _options;

    internal Pkcs11Key(TokenConnection token, Pkcs11Options options, string label, byte[] id, PublicKey? publicKey, X509Certificate2? certificate)
    {
        _token = token;
        _options = options;
        Label = label;
        Id = id;
        Certificate = certificate;
        PublicKey = publicKey ?? certificate?.PublicKey;
    }

    /// <summary>CKA_LABEL.</summary>
    public string Label { get; }

    /// <summary>CKA_ID.</summary>
    public ReadOnlyMemory<byte> Id { get; }

    /// <summary>Its public key, from the token or from the certificate; <see langword="null"/> when neither has one that can be used here.</summary>
    public PublicKey? PublicKey { get; }

    /// <summary>The certificate with the same CKA_ID; <see langword="null"/> when there is none on the token.</summary>
    public X509Certificate2? Certificate { get; }

    /// <summary>Makes a signer, which lives on when the token is disposed.</summary>
    /// <param name="certificate">The certificate of the key; the one on the token if left out.</param>
    /// <param name="algorithm">How to sign; <see langword="null"/> for what suits the key.</param>
    /// <exception cref="SigningException">There is no certificate, or it is not of this key, or the key does not sign.</exception>
    public Pkcs11Signer CreateSigner(X509Certificate2? certificate = null, SignatureAlgorithm? algorithm = null)
    {
        certificate ??= Certificate ?? throw new SigningException($"{_token.Name} has no certificate for the key '{Label}'; give it by a file.");
        var signer = new Pkcs11Signer(_token, Label, Id, certificate, algorithm, _options);
        try
        {
            signer.Check();
            return signer;
        }
        catch (SigningException)
        {
            signer.Dispose();
            throw;
        }
    }

    /// <summary>Makes what <see cref="CertificateRequest"/> wants of a key, to sign requests, certificates and CRLs.</summary>
    /// <param name="algorithm">How to sign; <see langword="null"/> for what suits the key.</param>
    /// <exception cref="SigningException">The public key is not on the token.</exception>
    /// <exception cref="ArgumentException">The algorithm is not one for the key: a token may crash if it is asked for such a signature.</exception>
    public X509SignatureGenerator ToSignatureGenerator(SignatureAlgorithm? algorithm = null)
    {
        PublicKey publicKey = PublicKey ?? throw new SigningException($"{_token.Name} has no public key for the key '{Label}'.");
        algorithm = SignatureAlgorithm.Choose(publicKey, algorithm);
        var size = KeySize.Of(publicKey);
        var key = new Pkcs11PrivateKey(_token, Label, Id, algorithm, size.Bits);
        return new SignerSignatureGenerator(publicKey, algorithm, size.MaxSignatureLength, Sign);

        int Sign(ReadOnlySpan<byte> input, Span<byte> signature, TimeSpan timeout, SigningPriority priority)
        {
            int length = key.Sign(input, signature, timeout, priority, out _);
            using var verifier = new PublicKeyVerifier(publicKey, algorithm); // there may be no certificate yet
            if (!verifier.Verify(input, signature[..length]))
            {
                _token.SignatureIsWrong();
                throw new SigningException($"The key '{Label}' on {_token.Name} made a signature that does not verify. It is thrown away.") { IsTransient = true };
            }

            return length;
        }
    }
}
