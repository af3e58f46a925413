namespace PkiCore.Pkcs11.Interop;

/// <content>Slot and token management (PKCS #11 5.5).</content>
internal readonly unsafe partial struct Cryptoki
{
    public CKR C_GetSlotList(byte tokenPresent, ulong* pSlotList, ulong* pulCount)
    {
        var function = _list->C_GetSlotList;
        return function == null ? CKR.CKR_FUNCTION_NOT_SUPPORTED : function(tokenPresent, pSlotList, pulCount);
    }

    public CKR C_GetTokenInfo(ulong slotID, CK_TOKEN_INFO* pInfo)
    {
        var function = _list->C_GetTokenInfo;
        return function == null ? CKR.CKR_FUNCTION_NOT_SUPPORTED : function(slotID, pInfo);
    }
}
