namespace PkiCore.Pkcs11.Interop;

/// <content>General-purpose functions (PKCS #11 5.4).</content>
internal readonly unsafe partial struct Cryptoki
{
    public CKR C_Initialize(CK_C_INITIALIZE_ARGS* pInitArgs)
    {
        var function = _list->C_Initialize;
        return function == null ? CKR.CKR_FUNCTION_NOT_SUPPORTED : function(pInitArgs);
    }

    public CKR C_Finalize(void* pReserved)
    {
        var function = _list->C_Finalize;
        return function == null ? CKR.CKR_FUNCTION_NOT_SUPPORTED : function(pReserved);
    }

    public CKR C_GetInfo(CK_INFO* pInfo)
    {
        var function = _list->C_GetInfo;
        return function == null ? CKR.CKR_FUNCTION_NOT_SUPPORTED : function(pInfo);
    }
}
