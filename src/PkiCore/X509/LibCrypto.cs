using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace PkiCore.X509;

/// <summary>The functions of OpenSSL's libcrypto that .NET does not offer, under their C names.</summary>
[UnsupportedOSPlatform("windows")]
internal static unsafe partial class LibCrypto
{
    public const int RSA_PKCS1_PADDING = 1;
    public const int RSA_PKCS1_PSS_PADDING = 6;
    public const int RSA_PSS_SALTLEN_DIGEST = -1;

    private const string Library = "libcrypto.so.3";

    /// <summary>Why libcrypto cannot be used; <see langword="null"/> when it can.</summary>
    public static string? Problem { get; } = FindProblem();

    [LibraryImport(Library)]
    public static partial nint EVP_PKEY_CTX_new(SafeEvpPKeyHandle pkey, nint engine);

    [LibraryImport(Library)]
    public static partial void EVP_PKEY_CTX_free(nint ctx);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_sign_init(EvpPkeyContext ctx);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_sign(EvpPkeyContext ctx, byte* sig, ref nuint siglen, byte* tbs, nuint tbslen);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_CTX_set_rsa_padding(EvpPkeyContext ctx, int padding);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_CTX_set_rsa_pss_saltlen(EvpPkeyContext ctx, int length);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_CTX_set_rsa_mgf1_md(EvpPkeyContext ctx, nint md);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_CTX_set_signature_md(EvpPkeyContext ctx, nint md);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint EVP_get_digestbyname(string name);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint EVP_PKEY_new_raw_public_key_ex(nint libctx, string keytype, string? propq, byte* key, nuint keylen);

    [LibraryImport(Library)]
    public static partial void EVP_PKEY_free(nint pkey);

    [LibraryImport(Library)]
    public static partial nint EVP_MD_CTX_new();

    [LibraryImport(Library)]
    public static partial void EVP_MD_CTX_free(nint ctx);

    [LibraryImport(Library)]
    public static partial int EVP_DigestVerifyInit(nint ctx, nint* pctx, nint type, nint engine, nint pkey);

    [LibraryImport(Library)]
    public static partial int EVP_DigestVerify(nint ctx, byte* sig, nuint siglen, byte* tbs, nuint tbslen);

    /// <summary>Takes the errors of this thread off OpenSSL's queue, where they would be taken for those of a later call.</summary>
    /// <returns>The first, in OpenSSL's words.</returns>
    public static string TakeError()
    {
        const int Length = 256;
        nuint code = ERR_get_error();
        ERR_clear_error();
        byte* text = stackalloc byte[Length];
        ERR_error_string_n(code, text, Length);
        return Marshal.PtrToStringUTF8((nint)text) ?? "";
    }

    /// <summary>Two libcryptos in one process have different structures: a handle of one must not reach the other.</summary>
    internal static string? FindMismatch(nuint loaded, long used) =>
        (long)loaded == used ? null : FormattableString.Invariant($"{Library} is OpenSSL 0x{loaded:X}, but .NET has loaded 0x{used:X}");

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever keeps the library from being loaded: the answer is that it cannot be used.")]
    private static string? FindProblem()
    {
        try
        {
            return FindMismatch(OpenSSL_version_num(), SafeEvpPKeyHandle.OpenSslVersion);
        }
        catch (Exception e)
        {
            return e.Message;
        }
    }

    [LibraryImport(Library)]
    private static partial nuint OpenSSL_version_num();

    [LibraryImport(Library)]
    private static partial nuint ERR_get_error();

    [LibraryImport(Library)]
    private static partial void ERR_error_string_n(nuint e, byte* buf, nuint len);

    [LibraryImport(Library)]
    private static partial void ERR_clear_error();
}
