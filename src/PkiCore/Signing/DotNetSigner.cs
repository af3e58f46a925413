using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.X509;

namespace PkiCore.Signing;

/// <summary>
/// Signs with any .NET key: ECDSA or RSA. Safe for use from several threads; a key object is used by one thread at a time, as .NET
/// promises no more.
/// </summary>
public sealed class DotNetSigner : ISigner
{
    private readonly BlockingCollection<AsymmetricAlgorithm> _keys = [];

    private readonly SignatureVerifier? _verifier;
    private readonly string _subject; // a certificate that was disposed does not tell any more

    /// <summary>Takes a key, which may live in a cloud service or a smart card. The signer disposes it.</summary>
    /// <param name="key">An <see cref="ECDsa"/> or <see cref="RSA"/> key with its private part.</param>
    /// <param name="certificate">The certificate of its public key.</param>
    /// <param name="algorithm">How to sign; <see langword="null"/> for what suits the key, see <see cref="SignatureAlgorithm.ForKey"/>.</param>
    /// <param name="verifySignatures">Whether each signature is verified before it is returned; pointless for a key in this process.</param>
    /// <exception cref="SigningException">Key and certificate do not belong together.</exception>
    /// <exception cref="ArgumentException">The key is of a kind that cannot sign here, or not with this algorithm.</exception>
    public DotNetSigner(AsymmetricAlgorithm key, X509Certificate2 certificate, SignatureAlgorithm? algorithm = null, bool verifySignatures = true)
        : this([key], certificate, algorithm)
    {
        if (!BelongsTo(key, certificate))
        {
            throw new SigningException($"The private key does not belong to the certificate '{certificate.Subject}' (serial {certificate.SerialNumber}).");
        }

        _verifier = verifySignatures ? new SignatureVerifier(certificate, Algorithm) : null;
    }

    /// <summary>Takes several copies of one key in this process, so that as many threads can sign at once; the caller knows that they belong to the certificate.</summary>
    internal DotNetSigner(IReadOnlyList<AsymmetricAlgorithm> copies, X509Certificate2 certificate, SignatureAlgorithm? algorithm = null)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        AsymmetricAlgorithm key = copies[0];
        Algorithm = SignatureAlgorithm.Choose(key, algorithm);
        Certificate = certificate;
        _subject = certificate.Subject;
        MaxSignatureLength = key is ECDsa ecdsa
            ? ecdsa.GetMaxSignatureSize(DSASignatureFormat.Rfc3279DerSequence)
            : (key.KeySize + 7) / 8;
        Parallelism = copies.Count;
        foreach (AsymmetricAlgorithm copy in copies)
        {
            _keys.Add(copy);
        }
    }

    /// <inheritdoc/>
    public X509Certificate2 Certificate { get; }

    /// <inheritdoc/>
    public SignatureAlgorithm Algorithm { get; }

    /// <inheritdoc/>
    public bool PreHash => true;

    /// <inheritdoc/>
    public int MaxSignatureLength { get; }

    /// <summary>Whether the key is known to be in the memory of this process; a key handed over by a program may be in a device, or far away.</summary>
    internal bool IsInProcess { get; init; }

    /// <inheritdoc/>
    public int Parallelism { get; }

    /// <inheritdoc/>
    public string? Problem => null;

    /// <inheritdoc/>
    public int Sign(ReadOnlySpan<byte> input, Span<byte> signature, TimeSpan timeout, SigningPriority priority)
    {
        if (!_keys.TryTake(out AsymmetricAlgorithm? key, timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero))
        {
            throw _keys.IsAddingCompleted
                ? new SigningException($"The signer of '{_subject}' was disposed.")
                : new SigningException($"All {Parallelism} copies of the key of '{_subject}' stayed busy for {timeout.TotalMilliseconds:0} ms.") { IsTransient = true, IsOverload = true };
        }

        int length = Sign(key, input, signature);
        return _verifier?.Verify(input, signature[..length]) != false ? length
            : throw new SigningException($"The key of '{_subject}' made a signature that does not verify. It is thrown away.") { IsTransient = true };
    }

    /// <summary>Disposes the keys: one that is signing, once it has. After that the signer fails at once.</summary>
    public void Dispose()
    {
        _keys.CompleteAdding();
        while (_keys.TryTake(out AsymmetricAlgorithm? key))
        {
            key.Dispose();
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"key of '{_subject}'";

    /// <summary>Compares numbers, not encodings: a certificate may have a compressed point, or leave out the NULL of RSA.</summary>
    private static bool BelongsTo(AsymmetricAlgorithm key, X509Certificate2 certificate)
    {
        using ECDsa? certifiedEcdsa = certificate.GetECDsaPublicKey();
        using RSA? certifiedRsa = certificate.GetRSAPublicKey();
        if (key is ECDsa ecdsa && certifiedEcdsa is not null)
        {
            ECParameters mine = ecdsa.ExportParameters(includePrivateParameters: false);
            ECParameters theirs = certifiedEcdsa.ExportParameters(includePrivateParameters: false);
            return mine.Curve.Oid?.Value == theirs.Curve.Oid?.Value && mine.Q.X.AsSpan().SequenceEqual(theirs.Q.X) && mine.Q.Y.AsSpan().SequenceEqual(theirs.Q.Y);
        }

        if (key is RSA rsa && certifiedRsa is not null)
        {
            RSAParameters mine = rsa.ExportParameters(includePrivateParameters: false);
            RSAParameters theirs = certifiedRsa.ExportParameters(includePrivateParameters: false);
            return mine.Modulus.AsSpan().SequenceEqual(theirs.Modulus) && mine.Exponent.AsSpan().SequenceEqual(theirs.Exponent);
        }

        return false;
    }

    private int Sign(AsymmetricAlgorithm key, ReadOnlySpan<byte> input, Span<byte> signature)
    {
        try
        {
            bool signed = key is ECDsa ecdsa
                ? ecdsa.TrySignHash(input, signature, DSASignatureFormat.Rfc3279DerSequence, out int length)
                : ((RSA)key).TrySignHash(input, signature, Algorithm.Hash, Algorithm.RsaPadding, out length);
            return signed ? length : throw new ArgumentException($"A signature takes up to {MaxSignatureLength} bytes.", nameof(signature));
        }
        catch (CryptographicException e)
        {
            throw new SigningException($"The key of '{_subject}' did not sign: {e.Message}", e) { IsTransient = true };
        }
        finally
        {
            Return(key);
        }
    }

    private void Return(AsymmetricAlgorithm key)
    {
        try
        {
            _keys.Add(key, CancellationToken.None);
        }
        catch (InvalidOperationException)
        {
            key.Dispose(); // the signer was disposed meanwhile
        }
    }
}
