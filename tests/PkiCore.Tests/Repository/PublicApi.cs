using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace PkiCore.Tests.Repository;

/// <summary>What a package promises its users, as text in a stable order: one line per type and member.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext s_nullability = new();

    public static string Describe(Assembly assembly)
    {
        var text = new StringBuilder("# Public API, written by PublicApiTests; PKICORE_UPDATE=1 rewrites it. Every change is a review.\n");
        // The compiler keeps extension blocks in public types whose names nobody can write.
        IEnumerable<Type> types = assembly.GetExportedTypes().Where(type => type.FullName?.Contains('<', StringComparison.Ordinal) == false);
        foreach (Type type in types.OrderBy(type => TypeNames.Of(type), StringComparer.Ordinal))
        {
            text.Append('\n').AppendJoin('\n', DescribeType(type)).Append('\n');
        }

        return text.ToString();
    }

    public static IEnumerable<string> DescribeType(Type type)
    {
        yield return TypeHeader(type);
        if (type.BaseType == typeof(MulticastDelegate))
        {
            yield break;
        }

        IEnumerable<(string Key, string Line)> members =
        [
            .. type.GetConstructors(Declared).Where(member => !member.IsStatic && IsVisible(member))
                .Select(member => ("0", $"{Access(member)} {type.Name.Split('`')[0]}({Parameters(member)})")),
            .. type.GetFields(Declared).Where(IsVisible).Where(field => !field.IsSpecialName).Select(field => (field.Name, Field(field))),
            .. type.GetProperties(Declared).Where(property => property.GetAccessors(nonPublic: true).Any(IsVisible))
                .Select(property => (property.Name, Property(property))),
            .. type.GetEvents(Declared).Where(item => IsVisible(item.AddMethod!))
                .Select(item => (item.Name, $"{Access(item.AddMethod!)} event {TypeNames.Of(item.EventHandlerType!, s_nullability.Create(item))} {item.Name}")),
            .. type.GetMethods(Declared).Where(IsVisible).Where(IsWritten).Select(method => (method.Name, Method(method))),
        ];
        foreach ((_, string line) in members.OrderBy(m => m.Key, StringComparer.Ordinal).ThenBy(m => m.Line, StringComparer.Ordinal))
        {
            yield return "    " + line;
        }
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsVisible(FieldInfo field) => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly;

    /// <summary>Not an accessor, and not one of the methods that the compiler adds to every record.</summary>
    private static bool IsWritten(MethodInfo method) =>
        (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal))
        && !method.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);

    private static string TypeHeader(Type type)
    {
        bool isDelegate = type.BaseType == typeof(MulticastDelegate);
        string kind = type switch
        {
            { IsEnum: true } => "enum",
            { IsInterface: true } => "interface",
            { IsValueType: true } => Prefix(type.IsDefined(typeof(IsReadOnlyAttribute), false), "readonly ")
                + Prefix(type.IsByRefLike, "ref ") + "struct",
            _ when isDelegate => "delegate",
            _ => Prefix(type.IsAbstract && type.IsSealed, "static ") + Prefix(type.IsAbstract && !type.IsSealed, "abstract ")
                + Prefix(type.IsSealed && !type.IsAbstract, "sealed ") + "class",
        };
        if (isDelegate)
        {
            MethodInfo invoke = type.GetMethod("Invoke")!;
            return $"public delegate {Return(invoke)} {TypeNames.Of(type)}({Parameters(invoke)}){Constraints(type.GetGenericArguments())}";
        }

        if (type.IsEnum)
        {
            return $"public enum {TypeNames.Of(type)} : {TypeNames.Of(Enum.GetUnderlyingType(type))}";
        }

        IEnumerable<Type> inherited = type.GetInterfaces();
        inherited = inherited.Except(type.BaseType?.GetInterfaces() ?? []).Except(inherited.SelectMany(i => i.GetInterfaces()));
        string[] bases =
        [
            .. type.BaseType is { } b && b != typeof(object) && b != typeof(ValueType) ? new[] { TypeNames.Of(b) } : [],
            .. inherited.Where(i => i.IsVisible).Select(i => TypeNames.Of(i)).Order(StringComparer.Ordinal),
        ];
        string list = bases.Length > 0 ? " : " + string.Join(", ", bases) : "";
        return $"public {kind} {TypeNames.Of(type)}{list}{Constraints(type.GetGenericArguments())}";
    }

    private static string Field(FieldInfo field)
    {
        if (field is { IsLiteral: true, DeclaringType.IsEnum: true })
        {
            return $"{field.Name} = {Convert.ToString(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}";
        }

        string type = TypeNames.Of(field.FieldType, s_nullability.Create(field));
        string access = field.IsPublic ? "public" : "protected";
        return field.IsLiteral
            ? $"{access} const {type} {field.Name} = {Literal(field.GetRawConstantValue())}"
            : $"{access} {Prefix(field.IsStatic, "static ")}{Prefix(field.IsInitOnly, "readonly ")}{type} {field.Name}";
    }

    private static string Property(PropertyInfo property)
    {
        MethodInfo first = property.GetAccessors(nonPublic: true).Where(IsVisible).OrderBy(a => a.IsPublic ? 0 : 1).First();
        string required = Prefix(property.IsDefined(typeof(RequiredMemberAttribute), inherit: false), "required ");
        ParameterInfo[] index = property.GetIndexParameters();
        string name = index.Length > 0 ? $"this[{string.Join(", ", index.Select(Parameter))}]" : property.Name;
        string byRef = Prefix(property.PropertyType.IsByRef, "ref ");
        string type = byRef + TypeNames.Of(property.PropertyType, s_nullability.Create(property));
        return $"{Access(first)} {Modifiers(first)}{required}{type} {name} {{ "
            + Accessor(property.GetMethod, first, "get") + Accessor(property.SetMethod, first, SetterKeyword(property)) + "}";
    }

    private static string SetterKeyword(PropertyInfo property) =>
        property.SetMethod?.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) == true ? "init" : "set";

    private static string Accessor(MethodInfo? accessor, MethodInfo first, string keyword) =>
        accessor is null || !IsVisible(accessor) ? "" : $"{Prefix(Access(accessor) != Access(first), Access(accessor) + " ")}{keyword}; ";

    private static string Method(MethodInfo method)
    {
        Type[] arguments = method.GetGenericArguments();
        string generic = arguments.Length > 0 ? $"<{string.Join(", ", arguments.Select(a => a.Name))}>" : "";
        string extension = Prefix(method.IsDefined(typeof(ExtensionAttribute), inherit: false), "this ");
        return $"{Access(method)} {Modifiers(method)}{Return(method)} {method.Name}{generic}({extension}{Parameters(method)}){Constraints(arguments)}";
    }

    private static string Return(MethodInfo method) =>
        Prefix(method.ReturnType.IsByRef, "ref ") + TypeNames.Of(method.ReturnType, s_nullability.Create(method.ReturnParameter));

    private static string Access(MethodBase method) => method.IsPublic ? "public" : "protected";

    private static string Modifiers(MethodInfo method) => method switch
    {
        { DeclaringType.IsInterface: true, IsStatic: false } => "",
        { IsStatic: true, IsAbstract: true } => "static abstract ",
        { IsStatic: true } => "static ",
        { IsAbstract: true } => "abstract ",
        _ when method.GetBaseDefinition() != method => "override ",
        { IsVirtual: true, IsFinal: false } => "virtual ",
        _ => "",
    };

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        string kind = parameter switch
        {
            { IsOut: true } => "out ",
            { IsIn: true } => "in ",
            { ParameterType.IsByRef: true } => "ref ",
            _ when parameter.IsDefined(typeof(ParamArrayAttribute), false) || parameter.IsDefined(typeof(ParamCollectionAttribute), false)
                => "params ",
            _ => "",
        };
        string value = parameter.HasDefaultValue ? " = " + Literal(parameter.RawDefaultValue) : "";
        return $"{kind}{TypeNames.Of(parameter.ParameterType, s_nullability.Create(parameter))} {parameter.Name}{value}";
    }

    private static string Constraints(Type[] arguments) => string.Concat(arguments.Select(Constraint));

    private static string Constraint(Type argument)
    {
        GenericParameterAttributes flags = argument.GenericParameterAttributes;
        bool isStruct = flags.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
        string[] parts =
        [
            .. flags.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint) ? new[] { "class" } : [],
            .. isStruct ? new[] { "struct" } : [],
            .. argument.GetGenericParameterConstraints().Where(c => c != typeof(ValueType)).Select(c => TypeNames.Of(c)),
            .. flags.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) && !isStruct ? new[] { "new()" } : [],
            .. flags.HasFlag(GenericParameterAttributes.AllowByRefLike) ? new[] { "allows ref struct" } : [],
        ];
        return parts.Length > 0 ? $" where {argument.Name} : {string.Join(", ", parts)}" : "";
    }

    private static string Literal(object? value) => value switch
    {
        null => "default",
        string text => JsonSerializer.Serialize(text),
        char c => $"'\\u{(int)c:x4}'",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Prefix(bool condition, string text) => condition ? text : "";
}
