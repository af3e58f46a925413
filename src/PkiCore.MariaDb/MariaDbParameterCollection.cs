using System.Collections;
using System.Data.Common;

namespace PkiCore.MariaDb;

/// <summary>The parameters of a command.</summary>
public sealed class MariaDbParameterCollection : DbParameterCollection
{
    private readonly List<MariaDbParameter> _parameters = [];

    internal MariaDbParameterCollection()
    {
    }

    /// <inheritdoc />
    public override int Count => _parameters.Count;

    /// <inheritdoc />
    public override object SyncRoot => ((ICollection)_parameters).SyncRoot;

    internal IReadOnlyList<MariaDbParameter> Items => _parameters;

    /// <summary>Adds a parameter with its value.</summary>
    /// <param name="name">With or without <c>@</c>; empty for one that stands for a question mark.</param>
    /// <param name="value">Null for NULL.</param>
    /// <returns>The parameter.</returns>
    public MariaDbParameter AddWithValue(string name, object? value)
    {
        var parameter = new MariaDbParameter(name, value);
        _parameters.Add(parameter);
        return parameter;
    }

    /// <inheritdoc />
    public override int Add(object value)
    {
        _parameters.Add(Cast(value));
        return _parameters.Count - 1;
    }

    /// <inheritdoc />
    public override void AddRange(Array values)
    {
        ArgumentNullException.ThrowIfNull(values);
        foreach (object value in values)
        {
            Add(value);
        }
    }

    /// <inheritdoc />
    public override void Clear() => _parameters.Clear();

    /// <inheritdoc />
    public override bool Contains(object value) => IndexOf(value) >= 0;

    /// <inheritdoc />
    public override bool Contains(string value) => IndexOf(value) >= 0;

    /// <inheritdoc />
    public override void CopyTo(Array array, int index) => ((ICollection)_parameters).CopyTo(array, index);

    /// <inheritdoc />
    public override IEnumerator GetEnumerator() => _parameters.GetEnumerator();

    /// <inheritdoc />
    public override int IndexOf(object value) => value is MariaDbParameter parameter ? _parameters.IndexOf(parameter) : -1;

    /// <inheritdoc />
    public override int IndexOf(string parameterName)
    {
        ArgumentNullException.ThrowIfNull(parameterName);
        string plain = parameterName.TrimStart('@');
        return _parameters.FindIndex(parameter => parameter.PlainName.Equals(plain, StringComparison.OrdinalIgnoreCase));
    }

    /// <inheritdoc />
    public override void Insert(int index, object value) => _parameters.Insert(index, Cast(value));

    /// <inheritdoc />
    public override void Remove(object value) => _parameters.Remove(Cast(value));

    /// <inheritdoc />
    public override void RemoveAt(int index) => _parameters.RemoveAt(index);

    /// <inheritdoc />
    public override void RemoveAt(string parameterName) => _parameters.RemoveAt(Found(parameterName));

    /// <inheritdoc />
    protected override DbParameter GetParameter(int index) => _parameters[index];

    /// <inheritdoc />
    protected override DbParameter GetParameter(string parameterName) => _parameters[Found(parameterName)];

    /// <inheritdoc />
    protected override void SetParameter(int index, DbParameter value) => _parameters[index] = Cast(value);

    /// <inheritdoc />
    protected override void SetParameter(string parameterName, DbParameter value) => _parameters[Found(parameterName)] = Cast(value);

    private static MariaDbParameter Cast(object value) => value as MariaDbParameter
        ?? throw new ArgumentException($"Only a {nameof(MariaDbParameter)} fits in here.", nameof(value));

    private int Found(string parameterName) =>
        IndexOf(parameterName) is >= 0 and int index ? index : throw new ArgumentException($"There is no parameter '{parameterName}'.", nameof(parameterName));
}
