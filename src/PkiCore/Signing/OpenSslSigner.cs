using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.ObjectPool;
using PkiCore.X509;

namespace PkiCore.Signing;

/// <summary>
/// Signs with a key in memory through OpenSSL's libcrypto, by contexts that are set up once. Safe for use from several threads; a signature allocates
/// nothing.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed unsafe class OpenSslSigner : ISigner
{
    private readonly SafeEvpPKeyHandle _key;
    private readonly ObjectPool<EvpPkeyContext> _contexts; // an EVP_PKEY_CTX is not made for two threads
    private readonly int _digestLength;
    private readonly string _subject; // a certificate that was disposed does not tell any more
    private volatile bool _disposed;

    /// <param name="key">The private key, which the signer owns from now on.</param>
    /// <param name="certificate">The certificate of its public key.</param>
    /// <param name="algorithm">How to sign.</param>
    /// <exception cref="CryptographicException">OpenSSL does not sign with this key in this way.</exception>
    public OpenSslSigner(SafeEvpPKeyHandle key, X509Certificate2 certificate, SignatureAlgorithm algorithm)
    {
        _key = key;
        _subject = certificate.Subject;
        Certificate = certificate;
        Algorithm = algorithm;
        MaxSignatureLength = KeySize.Of(certificate).MaxSignatureLength;
        _digestLength = CryptographicOperations.HashData(algorithm.Hash, []).Length;
        EvpPkeyContext first = EvpPkeyContext.CreateForSigning(key, algorithm);
        _contexts = new DefaultObjectPoolProvider { MaximumRetained = 2 * Parallelism }.Create(new ContextPolicy(key, algorithm)); // disposes what it keeps
        _contexts.Return(first);
    }

    /// <inheritdoc/>
    public X509Certificate2 Certificate { get; }

    /// <inheritdoc/>
    public SignatureAlgorithm Algorithm { get; }

    /// <inheritdoc/>
    public bool PreHash => true;

    /// <inheritdoc/>
    public int MaxSignatureLength { get; }

    /// <inheritdoc/>
    public int Parallelism { get; } = Environment.ProcessorCount;

    /// <inheritdoc/>
    public string? Problem => null;

    /// <inheritdoc/>
    public int Sign(ReadOnlySpan<byte> input, Span<byte> signature, TimeSpan timeout, SigningPriority priority)
    {
        if (signature.Length < MaxSignatureLength)
        {
            throw new ArgumentException($"A signature takes up to {MaxSignatureLength} bytes.", nameof(signature));
        }

        if (input.Length != _digestLength)
        {
            throw new ArgumentException($"{Algorithm} signs a digest of {_digestLength} bytes, not {input.Length}.", nameof(input)); // OpenSSL would not say so for ECDSA
        }

        if (_disposed)
        {
            throw Disposed();
        }

        EvpPkeyContext context;
        try
        {
            context = _contexts.Get();
        }
        catch (ObjectDisposedException)
        {
            throw Disposed(); // meanwhile
        }
        catch (CryptographicException e)
        {
            throw new SigningException($"The key of '{_subject}' did not sign: {e.Message}.", e) { IsTransient = true };
        }

        int signed;
        nuint length = (nuint)signature.Length;
        fixed (byte* tbs = input, sig = signature)
        {
            signed = LibCrypto.EVP_PKEY_sign(context, sig, ref length, tbs, (nuint)input.Length);
        }

        if (signed != 1)
        {
            string error = LibCrypto.TakeError();
            context.Dispose();
            throw new SigningException($"The key of '{_subject}' did not sign: {error}.") { IsTransient = true };
        }

        _contexts.Return(context); // a disposed pool disposes it
        return (int)length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        (_contexts as IDisposable)?.Dispose();
        _key.Dispose(); // each context holds a reference of its own (EVP_PKEY_CTX_new)
    }

    /// <inheritdoc/>
    public override string ToString() => $"key of '{_subject}'";

    private SigningException Disposed() => new($"The signer of '{_subject}' was disposed.");

    private sealed class ContextPolicy(SafeEvpPKeyHandle key, SignatureAlgorithm algorithm) : PooledObjectPolicy<EvpPkeyContext>
    {
        public override EvpPkeyContext Create() => EvpPkeyContext.CreateForSigning(key, algorithm);

        public override bool Return(EvpPkeyContext obj) => true;
    }
}
