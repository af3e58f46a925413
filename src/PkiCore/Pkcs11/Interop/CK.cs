using System.Runtime.InteropServices;

namespace PkiCore.Pkcs11.Interop;

/// <summary>Constants of PKCS #11, as far as they are used, under their names there; the type CK_ULONG is 64 bits wide on 64-bit Unix.</summary>
internal static class CK
{
    public const ulong CK_UNAVAILABLE_INFORMATION = ulong.MaxValue;
    public const ulong CK_EFFECTIVELY_INFINITE = 0;

    // 3.3 C_INITIALIZE_ARGS, session and token flags
    public const ulong CKF_OS_LOCKING_OK = 0x2;
    public const ulong CKF_SERIAL_SESSION = 0x4;
    public const ulong CKF_LOGIN_REQUIRED = 0x4;
    public const ulong CKF_PROTECTED_AUTHENTICATION_PATH = 0x100;
    public const ulong CKF_TOKEN_INITIALIZED = 0x400;
    public const ulong CKF_USER_PIN_LOCKED = 0x40000;

    public const ulong CKU_USER = 1;
    public const ulong CKU_CONTEXT_SPECIFIC = 2;

    public const ulong CKO_CERTIFICATE = 1;
    public const ulong CKO_PUBLIC_KEY = 2;
    public const ulong CKO_PRIVATE_KEY = 3;

    public const ulong CKK_RSA = 0;
    public const ulong CKK_EC = 3;
    public const ulong CKK_EC_EDWARDS = 0x40;

    public const ulong CKA_CLASS = 0;
    public const ulong CKA_LABEL = 3;
    public const ulong CKA_VALUE = 0x11;
    public const ulong CKA_KEY_TYPE = 0x100;
    public const ulong CKA_ID = 0x102;
    public const ulong CKA_SIGN = 0x108;
    public const ulong CKA_MODULUS = 0x120;
    public const ulong CKA_PUBLIC_EXPONENT = 0x122;
    public const ulong CKA_EC_PARAMS = 0x180;
    public const ulong CKA_EC_POINT = 0x181;
    public const ulong CKA_ALWAYS_AUTHENTICATE = 0x202;

    public const ulong CKM_RSA_PKCS = 0x1;
    public const ulong CKM_RSA_PKCS_PSS = 0xD;
    public const ulong CKM_SHA256 = 0x250;
    public const ulong CKM_SHA384 = 0x260;
    public const ulong CKM_SHA512 = 0x270;
    public const ulong CKM_ECDSA = 0x1041;
    public const ulong CKM_EDDSA = 0x1057;

    public const ulong CKG_MGF1_SHA256 = 2;
    public const ulong CKG_MGF1_SHA384 = 3;
    public const ulong CKG_MGF1_SHA512 = 4;
}
