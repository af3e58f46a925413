namespace PkiCore.Pkcs11.Interop;

/// <content>Session management (PKCS #11 5.6).</content>
internal readonly unsafe partial struct Cryptoki
{
    public CKR C_OpenSession(ulong slotID, ulong flags, void* pApplication, void* Notify, ulong* phSession)
    {
        var function = _list->C_OpenSession;
        return function == null ? CKR.CKR_FUNCTION_NOT_SUPPORTED : function(slotID, flags, pApplication, Notify, phSession);
    }

    public CKR C_CloseSession(ulong hSession)
    {
        var function = _list->C_CloseSession;
        return function == null ? CKR.CKR_FUNCTION_NOT_SUPPORTED : function(hSession);
    }

    public CKR C_Login(ulong hSession, ulong userType, byte* pPin, ulong ulPinLen)
    {
        var function = _list->C_Login;
        return function == null ? CKR.CKR_FUNCTION_NOT_SUPPORTED : function(hSession, userType, pPin, ulPinLen);
    }
}
