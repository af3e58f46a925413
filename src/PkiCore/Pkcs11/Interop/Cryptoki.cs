namespace PkiCore.Pkcs11.Interop;

/// <summary>
/// Calls a module through its list of functions. What the list leaves out is CKR_FUNCTION_NOT_SUPPORTED. Each group of PKCS #11 5 has a file.
/// </summary>
internal readonly unsafe partial struct Cryptoki(CK_FUNCTION_LIST* list)
{
    private readonly CK_FUNCTION_LIST* _list = list;
}
