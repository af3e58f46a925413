namespace PkiCore.Pkcs11.Interop;

/// <content>Signing (PKCS #11 5.11).</content>
internal readonly unsafe partial struct Cryptoki
{
    public CKR C_SignInit(ulong hSession, CK_MECHANISM* pMechanism, ulong hKey)
    {
        var function = _list->C_SignInit;
        return function == null ? CKR.CKR_FUNCTION_NOT_SUPPORTED : function(hSession, pMechanism, hKey);
    }

    public CKR C_Sign(ulong hSession, byte* pData, ulong ulDataLen, byte* pSignature, ulong* pulSignatureLen)
    {
        var function = _list->C_Sign;
        return function == null ? CKR.CKR_FUNCTION_NOT_SUPPORTED : function(hSession, pData, ulDataLen, pSignature, pulSignatureLen);
    }
}
