using System.Reflection;

namespace PkiCore.Tests.Repository;

/// <summary>Writes types as C# does, with nullability where the compiler recorded it.</summary>
internal static class TypeNames
{
    private static readonly Dictionary<Type, string> s_keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(char)] = "char",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(nint)] = "nint",
        [typeof(nuint)] = "nuint",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
    };

    public static string Of(Type type, NullabilityInfo? info = null)
    {
        if (type.IsByRef)
        {
            return Of(type.GetElementType()!, info);
        }

        string suffix = info is { ReadState: NullabilityState.Nullable } && !type.IsValueType ? "?" : "";
        if (type.IsArray)
        {
            return $"{Of(type.GetElementType()!, info?.ElementType)}[{new string(',', type.GetArrayRank() - 1)}]{suffix}";
        }

        if (type.IsPointer)
        {
            return Of(type.GetElementType()!) + "*";
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Of(underlying) + "?";
        }

        return (s_keywords.TryGetValue(type, out string? keyword) ? keyword : Named(type, info)) + suffix;
    }

    private static string Named(Type type, NullabilityInfo? info)
    {
        if (type.IsGenericParameter)
        {
            return type.Name;
        }

        Type[] arguments = type.GetGenericArguments();
        int inherited = type.DeclaringType?.GetGenericArguments().Length ?? 0;
        string prefix = type.DeclaringType is { } outer
            ? Of(outer.IsGenericTypeDefinition && !type.IsGenericTypeDefinition ? outer.MakeGenericType(arguments[..inherited]) : outer) + "."
            : type.Namespace is { } space ? space + "." : "";
        string name = prefix + type.Name.Split('`')[0];
        if (arguments.Length == inherited)
        {
            return name;
        }

        NullabilityInfo[] infos = info?.GenericTypeArguments ?? [];
        IEnumerable<string> written = Enumerable.Range(inherited, arguments.Length - inherited)
            .Select(i => Of(arguments[i], i < infos.Length ? infos[i] : null));
        return $"{name}<{string.Join(", ", written)}>";
    }
}
