using System.Security.Cryptography;
using PkiCore.Pkcs11.Interop;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Pkcs11;

/// <summary>
/// A private key on a token, and one way to sign with it. Finds the key again after the token was lost, and does not know its certificate.
/// Safe for use from several threads; a signature allocates nothing.
/// </summary>
internal sealed unsafe class Pkcs11PrivateKey
{
    private const int MaxTries = 3; // one to sign, one to log in again, one to find the token or the key again
    private const int MaxInputLength = 128; // a DigestInfo of SHA-512 takes 83
    private const int MaxRawEcdsaLength = 2 * 66; // P-521

    private readonly TokenConnection _token;
    private readonly string? _label;
    private readonly ReadOnlyMemory<byte>? _id;
    private readonly SignatureAlgorithm _algorithm;
    private readonly Pkcs11Mechanism _mechanism;
    private readonly int _rawLength;
    private volatile KeyHandle? _handle;

    /// <param name="token">The token.</param>
    /// <param name="label">CKA_LABEL, if the key is known by it.</param>
    /// <param name="id">CKA_ID, if the key is known by it.</param>
    /// <param name="algorithm">How it signs.</param>
    /// <param name="keySize">Its size in bits.</param>
    public Pkcs11PrivateKey(TokenConnection token, string? label, ReadOnlyMemory<byte>? id, SignatureAlgorithm algorithm, int keySize)
    {
        _token = token;
        _label = label;
        _id = id;
        _algorithm = algorithm;
        _mechanism = Pkcs11Mechanism.For(algorithm);
        _rawLength = (algorithm.Scheme is SignatureScheme.Ecdsa or SignatureScheme.EdDsa ? 2 : 1) * ((keySize + 7) / 8);
    }

    /// <summary>Signs.</summary>
    /// <returns>The length of the signature as it stands in a BIT STRING.</returns>
    /// <exception cref="SigningException">No signature was made.</exception>
    public int Sign(ReadOnlySpan<byte> input, Span<byte> signature, TimeSpan timeout, SigningPriority priority, out TokenLink link)
    {
        long start = _token.Time.GetTimestamp();
        for (int tries = 1; ; tries++)
        {
            try
            {
                if (TrySign(input, signature, start, timeout, priority, isLast: tries == MaxTries, out int length, out link))
                {
                    return length;
                }
            }
            catch (SigningException fault) when (tries < MaxTries && Pkcs11Fault.IsLoss(fault) && TimeLeft(start, timeout) > TimeSpan.Zero)
            {
                // The next session comes from another link.
            }
        }
    }

    /// <returns><see langword="false"/> when it has to be tried again, and what stood in the way is gone.</returns>
    private bool TrySign(ReadOnlySpan<byte> input, Span<byte> signature, long start, TimeSpan timeout, SigningPriority priority, bool isLast, out int length, out TokenLink link)
    {
        Pkcs11Session session = _token.Pool.Rent(priority, TimeLeft(start, timeout));
        link = session.Link;
        bool isClean = false;
        try
        {
            CKR result = Sign(session, input, signature, start, timeout, out length, out string function);
            if (result == CKR.CKR_OK)
            {
                isClean = true;
                _token.Succeeded(session.Link);
                return length > 0 || ThrowWrongLength();
            }

            SigningException fault = _token.Fail(function, result, session.Link);
            if (isLast || TimeLeft(start, timeout) <= TimeSpan.Zero || Pkcs11Fault.Classify(result) is not (Recovery.Login or Recovery.FindKey))
            {
                throw fault;
            }

            _handle = null;
            _token.Login(session, TimeLeft(start, timeout)); // a private key whose login is gone may look like one that is not there
            isClean = function == nameof(Cryptoki.C_SignInit); // closing the session might log out again; but C_Sign may have left an operation in it
            return false;
        }
        finally
        {
            _token.Pool.Return(session, isClean);
        }
    }

    private TimeSpan TimeLeft(long start, TimeSpan timeout) => timeout - _token.Time.GetElapsedTime(start);

    private bool ThrowWrongLength()
    {
        _token.SignatureIsWrong();
        throw new SigningException($"{_token.Name} made a signature that is none, by its length or its numbers. It is thrown away.") { IsTransient = true };
    }

    private CKR Sign(Pkcs11Session session, ReadOnlySpan<byte> input, Span<byte> signature, long start, TimeSpan timeout, out int length, out string function)
    {
        length = 0;
        KeyHandle key = _handle is { } known && known.Link == session.Link ? known : Find(session, TimeLeft(start, timeout));
        CK_RSA_PKCS_PSS_PARAMS pss = _mechanism.Pss.GetValueOrDefault();
        var mechanism = new CK_MECHANISM { mechanism = _mechanism.Type };
        if (_mechanism.Pss is not null)
        {
            mechanism.pParameter = &pss;
            mechanism.ulParameterLen = (ulong)sizeof(CK_RSA_PKCS_PSS_PARAMS);
        }

        function = nameof(Cryptoki.C_SignInit);
        CKR result = _token.Module.Functions.C_SignInit(session.Handle, &mechanism, key.Handle);
        if (result == CKR.CKR_OK && key.AlwaysAuthenticate)
        {
            function = nameof(Cryptoki.C_Login);
            result = _token.LoginForContext(session, TimeLeft(start, timeout)); // PKCS #11 4.9: between C_SignInit and C_Sign
        }

        if (result != CKR.CKR_OK)
        {
            return result;
        }

        function = nameof(Cryptoki.C_Sign);
        return _algorithm.Scheme == SignatureScheme.Ecdsa ? SignEcdsa(session, input, signature, out length) : SignPlain(session, input, signature, out length);
    }

    private CKR SignPlain(Pkcs11Session session, ReadOnlySpan<byte> input, Span<byte> signature, out int length)
    {
        ReadOnlySpan<byte> prefix = _mechanism.Prefix.Span;
        if (prefix.IsEmpty)
        {
            return Call(session, input, signature, out length);
        }

        Span<byte> digestInfo = stackalloc byte[MaxInputLength];
        prefix.CopyTo(digestInfo);
        input.CopyTo(digestInfo[prefix.Length..]);
        return Call(session, digestInfo[..(prefix.Length + input.Length)], signature, out length);
    }

    private CKR SignEcdsa(Pkcs11Session session, ReadOnlySpan<byte> digest, Span<byte> signature, out int length)
    {
        Span<byte> raw = stackalloc byte[MaxRawEcdsaLength];
        ReadOnlySpan<byte> input = digest.Length > _rawLength / 2 ? digest[..(_rawLength / 2)] : digest; // FIPS 186-5 6.4.1: the leftmost bits
        CKR result = Call(session, input, raw, out length);
        if (length > 0)
        {
            length = EcdsaSignatureValue.Encode(raw[..length], signature); // 0 when a number is 0
        }

        return result;
    }

    private CKR Call(Pkcs11Session session, ReadOnlySpan<byte> input, Span<byte> output, out int length)
    {
        ulong written = (ulong)output.Length;
        CKR result;
        fixed (byte* data = input, signature = output)
        {
            result = _token.Module.Functions.C_Sign(session.Handle, data, (ulong)input.Length, signature, &written);
        }

        length = result == CKR.CKR_OK && written == (ulong)_rawLength ? _rawLength : 0;
        return result;
    }

    /// <exception cref="SigningException">There is no such key, or more than one.</exception>
    private KeyHandle Find(Pkcs11Session session, TimeSpan timeout)
    {
        var objects = new Pkcs11Objects(_token, session);
        List<ulong> found = objects.Find(CK.CKO_PRIVATE_KEY, _label, _id);
        if (found.Count == 0)
        {
            _token.Login(session, timeout); // without a login private keys are not seen (PKCS #11 5.7)
            found = objects.Find(CK.CKO_PRIVATE_KEY, _label, _id);
        }

        string wanted = $"private key{(_label is null ? "" : $" '{_label}'")}{(_id is { } id ? $" with id {Convert.ToHexString(id.Span)}" : "")}";
        if (found.Count != 1)
        {
            throw new SigningException(found.Count == 0
                ? $"{_token.Name} has no {wanted}; 'pkcs11-tool --list-objects --login' shows what it has."
                : $"{_token.Name} has {found.Count} keys that fit {wanted}; say which with object= and id= in the URI.");
        }

        return _handle = new KeyHandle(session.Link, found[0], objects.ReadFlag(found[0], CK.CKA_ALWAYS_AUTHENTICATE) == true);
    }

    /// <summary>The key under one link.</summary>
    private sealed record KeyHandle(TokenLink Link, ulong Handle, bool AlwaysAuthenticate);
}
