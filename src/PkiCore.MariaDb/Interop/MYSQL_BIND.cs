using System.Runtime.InteropServices;

namespace PkiCore.MariaDb.Interop;

/// <summary>Where a parameter comes from, or a column goes to (mariadb_stmt.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MYSQL_BIND
{
    internal nuint* Length;
    internal byte* IsNull;
    internal void* Buffer;
    internal byte* Error;
    private readonly nint _rowPointer;
    private readonly nint _storeFunction;
    private readonly nint _fetchFunction;
    private readonly nint _skipFunction;
    internal nuint BufferLength;
    private readonly nuint _offset;
    private readonly nuint _lengthValue;
    private readonly uint _flags;
    private readonly uint _packLength;
    internal FieldType BufferType;
    private readonly byte _errorValue;
    internal byte IsUnsigned;
    private readonly byte _longDataUsed;
    private readonly byte _isNullValue;
    private readonly nint _extension;
}
