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
    private readonly int _rawEcdsaLength;
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
        _rawEcdsaLength = algorithm.Scheme == SignatureScheme.Ecdsa ? 2 * ((keySize + 7) / 8) : 0;
    }

    /// <summary>Signs.</summary>
    /// <returns>The length of the signature as it stands in a BIT STRING.</returns>
    /// <exception cref="SigningException">No signature was made.</exception>
    public int Sign(ReadOnlySpan<byte> input, Span<byte> signature, TimeSpan timeout, SigningPriority priority)
    {
        TimeProvider time = _token.Time;
        long start = time.GetTimestamp();
        for (int tries = 1; ; tries++)
        {
            Pkcs11Session session = _token.Pool.Rent(priority, timeout - time.GetElapsedTime(start));
            bool isClean = false;
            try
            {
                CKR result = Sign(session, input, signature, out int length, out string function);
                if (result == CKR.CKR_OK)
                {
                    isClean = true;
                    return length;
                }

                SigningException fault = _token.Fail(function, result, session.Link);
                if (tries == MaxTries || !TryRecover(session, Pkcs11Fault.Classify(result), timeout - time.GetElapsedTime(start)))
                {
                    throw fault;
                }
            }
            finally
            {
                _token.Pool.Return(session, isClean);
            }
        }
    }

    /// <summary>Does what a failed call needs before it is tried again.</summary>
    private bool TryRecover(Pkcs11Session session, Recovery recovery, TimeSpan timeout)
    {
        switch (recovery)
        {
            case Recovery.Login:
            case Recovery.FindKey: // a private key whose login is gone may look like one that is not there
                _handle = null;
                _token.Login(session, timeout);
                return true;
            case Recovery.Reconnect:
                return true; // the next session comes from another link
            default:
                return false;
        }
    }

    private CKR Sign(Pkcs11Session session, ReadOnlySpan<byte> input, Span<byte> signature, out int length, out string function)
    {
        length = 0;
        KeyHandle key = _handle is { } known && known.Link == session.Link ? known : Find(session);
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
            result = _token.LoginForContext(session); // PKCS #11 4.9: between C_SignInit and C_Sign
        }

        if (result != CKR.CKR_OK)
        {
            return result;
        }

        function = nameof(Cryptoki.C_Sign);
        return _rawEcdsaLength == 0 ? SignPlain(session, input, signature, out length) : SignEcdsa(session, input, signature, out length);
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
        ReadOnlySpan<byte> input = digest.Length > _rawEcdsaLength / 2 ? digest[..(_rawEcdsaLength / 2)] : digest; // FIPS 186-5 6.4.1: the leftmost bits
        CKR result = Call(session, input, raw, out length);
        if (result == CKR.CKR_OK)
        {
            length = length == _rawEcdsaLength ? EcdsaSignatureValue.Encode(raw[..length], signature) : 0; // a length of 0 passes no verification
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

        length = result == CKR.CKR_OK && written <= (ulong)output.Length ? (int)written : 0;
        return result;
    }

    /// <exception cref="SigningException">There is no such key, or more than one.</exception>
    private KeyHandle Find(Pkcs11Session session)
    {
        var objects = new Pkcs11Objects(_token, session);
        List<ulong> found = objects.Find(CK.CKO_PRIVATE_KEY, _label, _id);
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
