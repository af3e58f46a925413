using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Pkcs11;

/// <summary>
/// Signs with a key on a token. Survives the loss of the token: the next signature finds it again. Safe for use from several threads; a signature
/// allocates nothing.
/// </summary>
public sealed class Pkcs11Signer : ISigner, IDeviceSigner
{
    private static readonly TimeSpan s_checkTimeout = TimeSpan.FromSeconds(10);

    private readonly TokenConnection _token;
    private readonly Pkcs11PrivateKey _key;
    private readonly SignatureVerifier _verifier;
    private readonly bool _verifyAll;
    private readonly string _name;
    private volatile TokenLink? _verified; // under which a signature was verified last
    private int _disposed;

    internal Pkcs11Signer(TokenConnection token, string? label, ReadOnlyMemory<byte>? id, X509Certificate2 certificate, SignatureAlgorithm? algorithm, Pkcs11Options options)
    {
        _token = token;
        Certificate = certificate;
        try
        {
            Algorithm = SignatureAlgorithm.Choose(certificate, algorithm);
            _verifier = new SignatureVerifier(certificate, Algorithm);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw new SigningException($"The certificate '{certificate.Subject}' (serial {certificate.SerialNumber}) cannot be that of a key to sign with: {e.Message}", e);
        }

        var size = KeySize.Of(certificate);
        MaxSignatureLength = size.MaxSignatureLength;
        Parallelism = options.MaxSessions;
        _key = new Pkcs11PrivateKey(token, label, id, Algorithm, size.Bits);
        _verifyAll = options.VerifySignatures;
        if (!token.TryAddUser()) // the last that can fail
        {
            throw new SigningException($"{token.Name}: the token was disposed.");
        }

        _name = $"key '{label ?? (id is { } value ? Convert.ToHexString(value.Span) : "")}' on token '{token.Label}' of {token.Module.Path}";
    }

    /// <inheritdoc/>
    public X509Certificate2 Certificate { get; }

    /// <inheritdoc/>
    public SignatureAlgorithm Algorithm { get; }

    /// <inheritdoc/>
    public bool PreHash => Algorithm.Scheme != SignatureScheme.EdDsa;

    /// <inheritdoc/>
    public int MaxSignatureLength { get; }

    /// <inheritdoc/>
    public int Parallelism { get; }

    /// <inheritdoc/>
    public string? Problem => _token.Problem;

    TimeSpan IDeviceSigner.LongestCall => _token.Pool.LongestCall;

    /// <summary>Opens the key that a URI names.</summary>
    /// <param name="uri">A PKCS #11 URI (RFC 7512) with <c>module-path</c>, the token, and <c>object</c> or <c>id</c> of the key.</param>
    /// <param name="certificate">The certificate of the key; the one on the token with the same CKA_ID if left out. When it is given, a token that is
    /// out of reach now is not an error: <see cref="Problem"/> says so, and the first signature looks for it again.</param>
    /// <param name="algorithm">How to sign; <see langword="null"/> for what suits the key.</param>
    /// <param name="options">How to use the token; the defaults when <see langword="null"/>.</param>
    /// <exception cref="FormatException">The URI is none.</exception>
    /// <exception cref="SigningException">The module does not load, the token is not there or refuses the PIN, the key is not there or not that of the certificate.</exception>
    public static Pkcs11Signer Open(string uri, X509Certificate2? certificate = null, SignatureAlgorithm? algorithm = null, Pkcs11Options? options = null)
    {
        var parsed = Pkcs11Uri.Parse(uri);
        options = (options ?? new Pkcs11Options()).Validated();
        using var token = Pkcs11Token.Create(parsed, options);
        if (certificate is null)
        {
            return token.FindKeys() switch
            {
                [var only] => only.CreateSigner(certificate: null, algorithm),
                [] => throw new SigningException($"'{parsed}': there is no such private key; 'pkcs11-tool --list-objects --login' shows what the token has."),
                var several => throw new SigningException($"'{parsed}': {several.Count} keys fit; say which with object= and id=."),
            };
        }

        var signer = new Pkcs11Signer(token.Connection, parsed.ObjectLabel, parsed.Id, certificate, algorithm, options);
        try
        {
            signer.Check();
        }
        catch (SigningException e) when (e.IsTransient)
        {
            // It heals by itself.
        }
        catch (SigningException)
        {
            signer.Dispose();
            throw;
        }

        return signer;
    }

    /// <inheritdoc/>
    public int Sign(ReadOnlySpan<byte> input, Span<byte> signature, TimeSpan timeout, SigningPriority priority)
    {
        if (signature.Length < MaxSignatureLength)
        {
            throw new ArgumentException($"A signature takes up to {MaxSignatureLength} bytes.", nameof(signature));
        }

        if (Volatile.Read(ref _disposed) != 0)
        {
            throw new SigningException($"The {_name}: the signer was disposed."); // others may use the token still
        }

        int length = _key.Sign(input, signature, timeout, priority, out TokenLink link);
        if (_verifyAll || _verified != link)
        {
            Verify(input, signature[..length], link);
        }

        return length;
    }

    /// <summary>Gives the token back; a call that is under way ends first.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _token.Release();
        }
    }

    /// <inheritdoc/>
    public override string ToString() => _name;

    /// <summary>Signs once, which shows that the key is there, may sign, and is that of the certificate.</summary>
    internal void Check() => SignerCheck.Passes(this, s_checkTimeout); // this signer verifies its first signature in any case

    /// <summary>Architecture rule 7: a signature from a token is verified before use.</summary>
    private void Verify(ReadOnlySpan<byte> input, ReadOnlySpan<byte> signature, TokenLink link)
    {
        if (_verifier.Verify(input, signature))
        {
            _verified = link;
            return;
        }

        _token.SignatureIsWrong();
        throw new SigningException(_verified is not null
            ? $"The {_name} made a signature that does not verify. It is thrown away."
            : $"The {_name} made a signature that does not verify with the certificate '{Certificate.Subject}' (serial {Certificate.SerialNumber}): is it the certificate of another key?")
        {
            IsTransient = _verified is not null,
        };
    }
}
