using System.Diagnostics.CodeAnalysis;
using System.Text;
using PkiCore.MariaDb.Interop;

namespace PkiCore.MariaDb.Results;

/// <summary>How values of a column are kept.</summary>
internal enum ColumnKind
{
    SByte,
    Byte,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Int64,
    UInt64,
    Single,
    Double,
    Date,
    DateTime,
    Time,
    Bits,
    Bytes,
    Text,
    Decimal,
}

/// <summary>A column of a result.</summary>
/// <param name="Name">As the statement names it.</param>
/// <param name="Kind">How its values are kept.</param>
/// <param name="Type">As the server sends it.</param>
/// <param name="TypeName">SQL's name of the type.</param>
/// <param name="Length">Bytes of the longest value, as far as the server knows.</param>
internal sealed record ResultColumn(string Name, ColumnKind Kind, FieldType Type, string TypeName, ulong Length)
{
    internal static unsafe ResultColumn From(in MYSQL_FIELD field)
    {
        string name = Encoding.UTF8.GetString(field.Name, (int)field.NameLength);
        bool unsigned = (field.Flags & MYSQL_FIELD.UnsignedFlag) != 0;
        bool binary = field.CharacterSet == MYSQL_FIELD.BinaryCharacterSet;
        (ColumnKind kind, string typeName) = field.Type switch
        {
            FieldType.Tiny => unsigned ? (ColumnKind.Byte, "TINYINT UNSIGNED") : (ColumnKind.SByte, "TINYINT"),
            FieldType.Short => unsigned ? (ColumnKind.UInt16, "SMALLINT UNSIGNED") : (ColumnKind.Int16, "SMALLINT"),
            FieldType.Year => (ColumnKind.Int16, "YEAR"),
            FieldType.Int24 => unsigned ? (ColumnKind.UInt32, "MEDIUMINT UNSIGNED") : (ColumnKind.Int32, "MEDIUMINT"),
            FieldType.Long => unsigned ? (ColumnKind.UInt32, "INT UNSIGNED") : (ColumnKind.Int32, "INT"),
            FieldType.LongLong => unsigned ? (ColumnKind.UInt64, "BIGINT UNSIGNED") : (ColumnKind.Int64, "BIGINT"),
            FieldType.Float => (ColumnKind.Single, "FLOAT"),
            FieldType.Double => (ColumnKind.Double, "DOUBLE"),
            FieldType.Date or FieldType.NewDate => (ColumnKind.Date, "DATE"),
            FieldType.DateTime => (ColumnKind.DateTime, "DATETIME"),
            FieldType.Timestamp => (ColumnKind.DateTime, "TIMESTAMP"),
            FieldType.Time => (ColumnKind.Time, "TIME"),
            FieldType.Bit => (ColumnKind.Bits, "BIT"),
            FieldType.Decimal or FieldType.NewDecimal => (ColumnKind.Decimal, "DECIMAL"),
            FieldType.TinyBlob or FieldType.Blob or FieldType.MediumBlob or FieldType.LongBlob => binary ? (ColumnKind.Bytes, "BLOB") : (ColumnKind.Text, "TEXT"),
            FieldType.Geometry => (ColumnKind.Bytes, "GEOMETRY"),
            FieldType.String => binary ? (ColumnKind.Bytes, "BINARY") : (ColumnKind.Text, "CHAR"),
            FieldType.Null or FieldType.VarChar or FieldType.VarString or FieldType.Json or FieldType.Enum or FieldType.Set =>
                binary ? (ColumnKind.Bytes, "VARBINARY") : (ColumnKind.Text, "VARCHAR"),
            // Libraries before the one this was tried with (3.3.20) would jump to where they have no function for it.
            _ => throw new MariaDbException(ErrorNumbers.Malformed, null, $"Column '{name}' is of a type that does not exist ({(int)field.Type})."),
        };
        return new ResultColumn(name, kind, field.Type, typeName, field.Length);
    }

    /// <summary>Whether values have a length of their own and lie in the block's data.</summary>
    internal bool IsVariable => Kind is ColumnKind.Bytes or ColumnKind.Text or ColumnKind.Decimal;

    [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.PublicProperties)]
    internal Type ClrType => Kind switch
    {
        ColumnKind.SByte => typeof(sbyte),
        ColumnKind.Byte => typeof(byte),
        ColumnKind.Int16 => typeof(short),
        ColumnKind.UInt16 => typeof(ushort),
        ColumnKind.Int32 => typeof(int),
        ColumnKind.UInt32 => typeof(uint),
        ColumnKind.Int64 => typeof(long),
        ColumnKind.UInt64 or ColumnKind.Bits => typeof(ulong),
        ColumnKind.Single => typeof(float),
        ColumnKind.Double => typeof(double),
        ColumnKind.Date or ColumnKind.DateTime => typeof(DateTime),
        ColumnKind.Time => typeof(TimeSpan),
        ColumnKind.Bytes => typeof(byte[]),
        _ => typeof(string),
    };
}
