using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace PkiCore.X509;

/// <summary>An EVP_PKEY_CTX that is ready to sign again and again. It is used by one thread at a time.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class EvpPkeyContext : SafeHandle
{
    public EvpPkeyContext()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    /// <exception cref="CryptographicException">OpenSSL does not take key and algorithm.</exception>
    public static EvpPkeyContext CreateForSigning(SafeEvpPKeyHandle key, SignatureAlgorithm algorithm)
    {
        var context = new EvpPkeyContext();
        context.SetHandle(LibCrypto.EVP_PKEY_CTX_new(key, 0));
        try
        {
            Check(!context.IsInvalid && LibCrypto.EVP_PKEY_sign_init(context) == 1);
            nint md = LibCrypto.EVP_get_digestbyname(algorithm.Hash.Name!);
            if (algorithm.Scheme == SignatureScheme.RsaPkcs1)
            {
                Check(LibCrypto.EVP_PKEY_CTX_set_rsa_padding(context, LibCrypto.RSA_PKCS1_PADDING) == 1);
            }
            else if (algorithm.Scheme == SignatureScheme.RsaPss)
            {
                Check(LibCrypto.EVP_PKEY_CTX_set_rsa_padding(context, LibCrypto.RSA_PKCS1_PSS_PADDING) == 1
                    && LibCrypto.EVP_PKEY_CTX_set_rsa_mgf1_md(context, md) == 1
                    && LibCrypto.EVP_PKEY_CTX_set_rsa_pss_saltlen(context, LibCrypto.RSA_PSS_SALTLEN_DIGEST) == 1);
            }

            Check(LibCrypto.EVP_PKEY_CTX_set_signature_md(context, md) == 1);
            return context;
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    protected override bool ReleaseHandle()
    {
        LibCrypto.EVP_PKEY_CTX_free(handle);
        return true;
    }

    private static void Check(bool succeeded)
    {
        if (!succeeded)
        {
            throw new CryptographicException(LibCrypto.TakeError());
        }
    }
}
