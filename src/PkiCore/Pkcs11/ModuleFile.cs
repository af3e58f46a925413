using System.Runtime.InteropServices;
using PkiCore.Pkcs11.Interop;
using PkiCore.Signing;

namespace PkiCore.Pkcs11;

/// <summary>Loads shared libraries and asks them for their functions. A library that was loaded stays: modules leave threads behind.</summary>
internal static unsafe class ModuleFile
{
    /// <returns>A handle, the same for all paths to a library.</returns>
    /// <exception cref="SigningException">It is missing, or for another machine.</exception>
    public static nint Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new SigningException($"The PKCS #11 module '{path}' is not there; module-path has to name a shared library by its full path.");
        }

        try
        {
            return NativeLibrary.Load(Path.GetFullPath(path));
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            string reason = e.Message.TrimEnd().Split('\n')[^1]; // what the loader says comes last, after advice on how to debug .NET
            throw new SigningException($"The PKCS #11 module '{path}' cannot be loaded (is it a shared library for {RuntimeInformation.ProcessArchitecture}, and are the libraries it needs there?): {reason}", e);
        }
    }

    /// <summary>Asks for the list of functions. Some libraries make a new one each time, with a state of its own.</summary>
    /// <exception cref="SigningException">It is no PKCS #11 library.</exception>
    public static Cryptoki ReadFunctions(nint library, string path)
    {
        // A module of version 3 offers its newest list by name; C_GetFunctionList stays at 2.40 (PKCS #11 3.0 5.4.3).
        if (NativeLibrary.TryGetExport(library, "C_GetInterface", out nint getInterface))
        {
            CK_INTERFACE* found = null;
            CKR result = ((delegate* unmanaged[Cdecl]<byte*, CK_VERSION*, CK_INTERFACE**, ulong, CKR>)getInterface)(null, null, &found, 0); // the default one
            if (result == CKR.CKR_OK && found != null && found->pFunctionList != null && MemoryMarshal.CreateReadOnlySpanFromNullTerminated(found->pInterfaceName).SequenceEqual("PKCS 11"u8))
            {
                return new Cryptoki((CK_FUNCTION_LIST*)found->pFunctionList);
            }
        }

        if (!NativeLibrary.TryGetExport(library, "C_GetFunctionList", out nint getFunctionList))
        {
            throw new SigningException($"'{path}' is a shared library, but no PKCS #11 module: it has no function C_GetFunctionList.");
        }

        CK_FUNCTION_LIST* list = null;
        CKR value = ((delegate* unmanaged[Cdecl]<CK_FUNCTION_LIST**, CKR>)getFunctionList)(&list);
        return value == CKR.CKR_OK && list != null ? new Cryptoki(list) : throw Pkcs11Fault.Create("C_GetFunctionList", value, path);
    }
}
