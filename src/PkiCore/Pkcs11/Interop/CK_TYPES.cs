using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PkiCore.Pkcs11.Interop;

[StructLayout(LayoutKind.Sequential)]
internal struct CK_VERSION
{
    public byte major;
    public byte minor;
}

[StructLayout(LayoutKind.Sequential)]
internal struct CK_INFO
{
    public CK_VERSION cryptokiVersion;
    public CK_CHARS_32 manufacturerID;
    public ulong flags;
    public CK_CHARS_32 libraryDescription;
    public CK_VERSION libraryVersion;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CK_C_INITIALIZE_ARGS
{
    public void* CreateMutex;
    public void* DestroyMutex;
    public void* LockMutex;
    public void* UnlockMutex;
    public ulong flags;
    public void* pReserved;
}

[StructLayout(LayoutKind.Sequential)]
internal struct CK_TOKEN_INFO
{
    public CK_CHARS_32 label;
    public CK_CHARS_32 manufacturerID;
    public CK_CHARS_16 model;
    public CK_CHARS_16 serialNumber;
    public ulong flags;
    public ulong ulMaxSessionCount;
    public ulong ulSessionCount;
    public ulong ulMaxRwSessionCount;
    public ulong ulRwSessionCount;
    public ulong ulMaxPinLen;
    public ulong ulMinPinLen;
    public ulong ulTotalPublicMemory;
    public ulong ulFreePublicMemory;
    public ulong ulTotalPrivateMemory;
    public ulong ulFreePrivateMemory;
    public CK_VERSION hardwareVersion;
    public CK_VERSION firmwareVersion;
    public CK_CHARS_16 utcTime;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CK_ATTRIBUTE
{
    public ulong type;
    public void* pValue;
    public ulong ulValueLen;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CK_MECHANISM
{
    public ulong mechanism;
    public void* pParameter;
    public ulong ulParameterLen;
}

[StructLayout(LayoutKind.Sequential)]
internal struct CK_RSA_PKCS_PSS_PARAMS
{
    public ulong hashAlg;
    public ulong mgf;
    public ulong sLen;
}

/// <summary>PKCS #11 3.0 3.1: one list of functions that a module offers.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CK_INTERFACE
{
    public byte* pInterfaceName;
    public void* pFunctionList;
    public ulong flags;
}

/// <summary>Text padded with blanks.</summary>
[InlineArray(32)]
internal struct CK_CHARS_32
{
    private byte _first;
}

/// <summary>Text padded with blanks.</summary>
[InlineArray(16)]
internal struct CK_CHARS_16
{
    private byte _first;
}
