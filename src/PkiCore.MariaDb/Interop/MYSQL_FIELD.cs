using System.Runtime.InteropServices;

namespace PkiCore.MariaDb.Interop;

/// <summary>Describes a column of a result (mysql.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MYSQL_FIELD
{
    internal const uint UnsignedFlag = 32;
    internal const uint BinaryCharacterSet = 63;

    internal readonly byte* Name;
    private readonly byte* _originalName;
    private readonly byte* _table;
    private readonly byte* _originalTable;
    private readonly byte* _database;
    private readonly byte* _catalog;
    private readonly byte* _default;
    internal readonly nuint Length;
    private readonly nuint _maximumLength;
    internal readonly uint NameLength;
    private readonly uint _originalNameLength;
    private readonly uint _tableLength;
    private readonly uint _originalTableLength;
    private readonly uint _databaseLength;
    private readonly uint _catalogLength;
    private readonly uint _defaultLength;
    internal readonly uint Flags;
    internal readonly uint Decimals;
    internal readonly uint CharacterSet;
    internal readonly FieldType Type;
    private readonly nint _extension;
}
