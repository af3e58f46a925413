using System.Runtime.InteropServices;

namespace PkiCore.Pkcs11.Interop;

/// <summary>The functions of a module in the order of PKCS #11 2.40 5.2; a list of version 3 begins with the same. Typed where they are called. An entry may be NULL.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CK_FUNCTION_LIST
{
    public CK_VERSION version;
    public delegate* unmanaged[Cdecl]<CK_C_INITIALIZE_ARGS*, CKR> C_Initialize;
    public delegate* unmanaged[Cdecl]<void*, CKR> C_Finalize;
    public delegate* unmanaged[Cdecl]<CK_INFO*, CKR> C_GetInfo;
    public void* C_GetFunctionList;
    public delegate* unmanaged[Cdecl]<byte, ulong*, ulong*, CKR> C_GetSlotList;
    public void* C_GetSlotInfo;
    public delegate* unmanaged[Cdecl]<ulong, CK_TOKEN_INFO*, CKR> C_GetTokenInfo;
    public void* C_GetMechanismList;
    public void* C_GetMechanismInfo;
    public void* C_InitToken;
    public void* C_InitPIN;
    public void* C_SetPIN;
    public delegate* unmanaged[Cdecl]<ulong, ulong, void*, void*, ulong*, CKR> C_OpenSession;
    public delegate* unmanaged[Cdecl]<ulong, CKR> C_CloseSession;
    public void* C_CloseAllSessions;
    public void* C_GetSessionInfo;
    public void* C_GetOperationState;
    public void* C_SetOperationState;
    public delegate* unmanaged[Cdecl]<ulong, ulong, byte*, ulong, CKR> C_Login;
    public void* C_Logout;
    public void* C_CreateObject;
    public void* C_CopyObject;
    public void* C_DestroyObject;
    public void* C_GetObjectSize;
    public delegate* unmanaged[Cdecl]<ulong, ulong, CK_ATTRIBUTE*, ulong, CKR> C_GetAttributeValue;
    public void* C_SetAttributeValue;
    public delegate* unmanaged[Cdecl]<ulong, CK_ATTRIBUTE*, ulong, CKR> C_FindObjectsInit;
    public delegate* unmanaged[Cdecl]<ulong, ulong*, ulong, ulong*, CKR> C_FindObjects;
    public delegate* unmanaged[Cdecl]<ulong, CKR> C_FindObjectsFinal;
    public void* C_EncryptInit;
    public void* C_Encrypt;
    public void* C_EncryptUpdate;
    public void* C_EncryptFinal;
    public void* C_DecryptInit;
    public void* C_Decrypt;
    public void* C_DecryptUpdate;
    public void* C_DecryptFinal;
    public void* C_DigestInit;
    public void* C_Digest;
    public void* C_DigestUpdate;
    public void* C_DigestKey;
    public void* C_DigestFinal;
    public delegate* unmanaged[Cdecl]<ulong, CK_MECHANISM*, ulong, CKR> C_SignInit;
    public delegate* unmanaged[Cdecl]<ulong, byte*, ulong, byte*, ulong*, CKR> C_Sign;
    public void* C_SignUpdate;
    public void* C_SignFinal;
    public void* C_SignRecoverInit;
    public void* C_SignRecover;
    public void* C_VerifyInit;
    public void* C_Verify;
    public void* C_VerifyUpdate;
    public void* C_VerifyFinal;
    public void* C_VerifyRecoverInit;
    public void* C_VerifyRecover;
    public void* C_DigestEncryptUpdate;
    public void* C_DecryptDigestUpdate;
    public void* C_SignEncryptUpdate;
    public void* C_DecryptVerifyUpdate;
    public void* C_GenerateKey;
    public void* C_GenerateKeyPair;
    public void* C_WrapKey;
    public void* C_UnwrapKey;
    public void* C_DeriveKey;
    public void* C_SeedRandom;
    public void* C_GenerateRandom;
    public void* C_GetFunctionStatus;
    public void* C_CancelFunction;
    public void* C_WaitForSlotEvent;
}
