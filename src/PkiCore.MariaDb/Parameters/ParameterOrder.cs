namespace PkiCore.MariaDb.Parameters;

/// <summary>Brings the parameters of a command into the order of the statement's markers.</summary>
internal static class ParameterOrder
{
    // Below that a list is searched faster than a dictionary is built.
    private const int Few = 8;

    internal static object?[] Values(IReadOnlyList<string?> names, IReadOnlyList<MariaDbParameter> parameters)
    {
        var values = new object?[names.Count];
        Dictionary<string, MariaDbParameter>? byName = parameters.Count > Few && names.Any(name => name is not null) ? ByName(parameters) : null;
        int next = 0;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = names[i] is not { } name ? Next(parameters, next++).Value
                : byName is not null ? (byName.GetValueOrDefault(name) ?? throw Unknown(name)).Value
                : Find(name, parameters).Value;
        }

        return next == 0 || next == parameters.Count
            ? values
            : throw new InvalidOperationException($"The statement has {next} question marks, but there are {parameters.Count} parameters.");
    }

    private static MariaDbParameter Next(IReadOnlyList<MariaDbParameter> parameters, int index) => index < parameters.Count
        ? parameters[index]
        : throw new InvalidOperationException($"The statement has more question marks than there are parameters ({parameters.Count}).");

    private static MariaDbParameter Find(string name, IReadOnlyList<MariaDbParameter> parameters) =>
        parameters.FirstOrDefault(parameter => parameter.PlainName.Equals(name, StringComparison.OrdinalIgnoreCase)) ?? throw Unknown(name);

    private static Dictionary<string, MariaDbParameter> ByName(IReadOnlyList<MariaDbParameter> parameters)
    {
        var byName = new Dictionary<string, MariaDbParameter>(parameters.Count, StringComparer.OrdinalIgnoreCase);
        foreach (MariaDbParameter parameter in parameters)
        {
            byName.TryAdd(parameter.PlainName, parameter);
        }

        return byName;
    }

    private static InvalidOperationException Unknown(string name) => new($"The statement has a parameter '@{name}', the command has not.");
}
