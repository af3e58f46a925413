using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace PkiCore.MariaDb;

/// <summary>A parameter of a command. Its value alone says of what type it is; input only.</summary>
public sealed class MariaDbParameter : DbParameter
{
    /// <summary>A parameter without name and value.</summary>
    public MariaDbParameter()
    {
    }

    /// <summary>A parameter.</summary>
    /// <param name="name">With or without <c>@</c>; empty for one that stands for a question mark.</param>
    /// <param name="value">Null for NULL.</param>
    public MariaDbParameter(string name, object? value)
    {
        ParameterName = name;
        Value = value;
    }

    /// <summary>Taken down, but of no effect: the value decides.</summary>
    public override DbType DbType { get; set; } = DbType.Object;

    /// <summary>Input; nothing else is supported.</summary>
    public override ParameterDirection Direction
    {
        get => ParameterDirection.Input;
        set
        {
            if (value != ParameterDirection.Input)
            {
                throw new NotSupportedException("Parameters are for input only.");
            }
        }
    }

    /// <inheritdoc />
    public override bool IsNullable { get; set; }

    /// <inheritdoc />
    [AllowNull]
    public override string ParameterName { get => field; set => field = value ?? ""; } = "";

    /// <inheritdoc />
    public override int Size { get; set; }

    /// <inheritdoc />
    [AllowNull]
    public override string SourceColumn { get => field; set => field = value ?? ""; } = "";

    /// <inheritdoc />
    public override bool SourceColumnNullMapping { get; set; }

    /// <summary>
    /// A number, a Boolean, a string, an enumeration, bytes (an array, a segment or a memory), a <see cref="DateTime"/> or
    /// <see cref="DateTimeOffset"/> (sent as UTC), a <see cref="DateOnly"/>, a <see cref="TimeSpan"/>, null or <see cref="DBNull"/>.
    /// </summary>
    public override object? Value { get; set; }

    internal string PlainName => ParameterName.TrimStart('@');

    /// <inheritdoc />
    public override void ResetDbType() => DbType = DbType.Object;
}
