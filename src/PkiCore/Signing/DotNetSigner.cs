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

    /// <summary>Takes a key, which may live in a cloud service or a smart card. The signer disposes it.</summary>
    /// <param name="key">An <see cref="ECDsa"/> or <see cref="RSA"/> key with its private part.</param>
    /// <param name="certificate">The certificate of its public key.</param>
    /// <exception cref="SigningException">Key and certificate do not belong together.</exception>
    /// <exception cref="ArgumentException">The key is of a kind that cannot sign here, see <see cref="SignatureAlgorithm.ForKey"/>.</exception>
    public DotNetSigner(AsymmetricAlgorithm key, X509Certificate2 certificate)
        : this([key], certificate)
    {
    }

    /// <summary>Takes several copies of one key, so that as many threads can sign at once.</summary>
    internal DotNetSigner(IReadOnlyList<AsymmetricAlgorithm> copies, X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        AsymmetricAlgorithm key = copies[0];
        Algorithm = SignatureAlgorithm.ForKey(key);
        if (!key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo()))
        {
            throw new SigningException($"The private key does not belong to the certificate '{certificate.Subject}' (serial {certificate.SerialNumber}).");
        }

        Certificate = certificate;
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

    /// <inheritdoc/>
    public int Parallelism { get; }

    /// <inheritdoc/>
    public string? Problem => null;

    /// <inheritdoc/>
    public int Sign(ReadOnlySpan<byte> input, Span<byte> signature, TimeSpan timeout, SigningPriority priority)
    {
        if (!_keys.TryTake(out AsymmetricAlgorithm? key, timeout))
        {
            throw _keys.IsAddingCompleted
                ? new SigningException($"The signer of '{Certificate.Subject}' was disposed.")
                : new SigningException($"All {Parallelism} copies of the key of '{Certificate.Subject}' stayed busy for {timeout.TotalMilliseconds:0} ms.") { IsTransient = true };
        }

        try
        {
            bool signed = key is ECDsa ecdsa
                ? ecdsa.TrySignHash(input, signature, DSASignatureFormat.Rfc3279DerSequence, out int length)
                : ((RSA)key).TrySignHash(input, signature, Algorithm.Hash, RSASignaturePadding.Pkcs1, out length);
            return signed ? length : throw new ArgumentException($"A signature takes up to {MaxSignatureLength} bytes.", nameof(signature));
        }
        catch (CryptographicException e)
        {
            throw new SigningException($"The key of '{Certificate.Subject}' did not sign: {e.Message}", e) { IsTransient = true };
        }
        finally
        {
            Return(key);
        }
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
