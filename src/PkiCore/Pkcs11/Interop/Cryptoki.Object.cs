namespace PkiCore.Pkcs11.Interop;

/// <content>Object management (PKCS #11 5.7).</content>
internal readonly unsafe partial struct Cryptoki
{
    public CKR C_GetAttributeValue(ulong hSession, ulong hObject, CK_ATTRIBUTE* pTemplate, ulong ulCount)
    {
        var function = _list->C_GetAttributeValue;
        return function == null ? CKR.CKR_FUNCTION_NOT_SUPPORTED : function(hSession, hObject, pTemplate, ulCount);
    }

    public CKR C_FindObjectsInit(ulong hSession, CK_ATTRIBUTE* pTemplate, ulong ulCount)
    {
        var function = _list->C_FindObjectsInit;
        return function == null ? CKR.CKR_FUNCTION_NOT_SUPPORTED : function(hSession, pTemplate, ulCount);
    }

    public CKR C_FindObjects(ulong hSession, ulong* phObject, ulong ulMaxObjectCount, ulong* pulObjectCount)
    {
        var function = _list->C_FindObjects;
        return function == null ? CKR.CKR_FUNCTION_NOT_SUPPORTED : function(hSession, phObject, ulMaxObjectCount, pulObjectCount);
    }

    public CKR C_FindObjectsFinal(ulong hSession)
    {
        var function = _list->C_FindObjectsFinal;
        return function == null ? CKR.CKR_FUNCTION_NOT_SUPPORTED : function(hSession);
    }
}
