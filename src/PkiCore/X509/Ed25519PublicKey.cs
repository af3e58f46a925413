using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace PkiCore.X509;

/// <summary>An Ed25519 public key (RFC 8032), which .NET does not have; by libcrypto.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed unsafe class Ed25519PublicKey : SafeHandle
{
    private const int KeyLength = 32;
    private const int SignatureLength = 64;

    /// <param name="key">The key, as it stands in the BIT STRING of a SubjectPublicKeyInfo (RFC 8410 4).</param>
    /// <exception cref="CryptographicException">It is none, or libcrypto cannot be used.</exception>
    public Ed25519PublicKey(ReadOnlySpan<byte> key)
        : base(0, ownsHandle: true)
    {
        if (LibCrypto.Problem is { } problem)
        {
            throw new CryptographicException($"Ed25519 needs OpenSSL's libcrypto: {problem}.");
        }

        fixed (byte* bytes = key)
        {
            SetHandle(key.Length == KeyLength ? LibCrypto.EVP_PKEY_new_raw_public_key_ex(0, "ED25519", propq: null, bytes, KeyLength) : 0);
        }

        if (IsInvalid)
        {
            throw new CryptographicException("The Ed25519 public key is not well-formed.");
        }
    }

    public override bool IsInvalid => handle == 0;

    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != SignatureLength)
        {
            return false;
        }

        bool added = false;
        nint context = 0;
        try
        {
            DangerousAddRef(ref added);
            context = LibCrypto.EVP_MD_CTX_new();
            fixed (byte* sig = signature, tbs = message)
            {
                bool isValid = LibCrypto.EVP_DigestVerifyInit(context, null, 0, 0, handle) == 1
                    && LibCrypto.EVP_DigestVerify(context, sig, (nuint)signature.Length, tbs, (nuint)message.Length) == 1;
                if (!isValid)
                {
                    LibCrypto.TakeError();
                }

                return isValid;
            }
        }
        finally
        {
            LibCrypto.EVP_MD_CTX_free(context);
            if (added)
            {
                DangerousRelease();
            }
        }
    }

    protected override bool ReleaseHandle()
    {
        LibCrypto.EVP_PKEY_free(handle);
        return true;
    }
}
