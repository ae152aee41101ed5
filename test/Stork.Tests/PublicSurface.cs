using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Stork.Tests;

/// <summary>The public surface of a package, as text that is kept in a file beside its sources, so that a change to it
/// shows in review.</summary>
internal static class PublicSurface
{
    /// <summary>Set to 1, the files are written anew instead of compared.</summary>
    private const string AcceptVariable = "STORK_ACCEPT_PUBLIC_API";

    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext Nullability = new();

    public static void ShouldBeAsAgreed(string package, Assembly assembly)
    {
        var path = Path.Combine(FindSource(), package, "PublicApi.txt");
        var actual = Describe(assembly);
        if (Environment.GetEnvironmentVariable(AcceptVariable) == "1") File.WriteAllText(path, actual);

        var agreed = File.Exists(path) ? File.ReadAllText(path) : "";
        var added = actual.Split('\n').Except(agreed.Split('\n')).Select(line => "+ " + line.Trim());
        var removed = agreed.Split('\n').Except(actual.Split('\n')).Select(line => "- " + line.Trim());
        actual.ShouldBe(
            agreed,
            $"The public surface of {package} has changed:\n{string.Join('\n', removed.Concat(added))}\n"
            + $"If that is meant, run this test once with {AcceptVariable}=1 in the environment and commit {path}.");
    }

    private static string FindSource([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "../../src"));

    private static string Describe(Assembly assembly)
    {
        var text = new StringBuilder();
        // What the compiler makes of a block of extension members has no name that code could use; the members are listed with their class.
        var named = assembly.GetExportedTypes().Where(static type => !type.FullName!.Contains('<', StringComparison.Ordinal));
        foreach (var type in named.OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(DescribeType(type)).Append('\n');
            foreach (var member in DescribeMembers(type).Order(StringComparer.Ordinal)) text.Append("    ").Append(member).Append('\n');
        }

        return text.ToString();
    }

    private static string DescribeType(Type type)
    {
        var kind = type.IsEnum ? "enum"
            : type.IsInterface ? "interface"
            : typeof(Delegate).IsAssignableFrom(type) ? "delegate"
            : type.IsValueType ? (type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly struct" : "struct")
            : type is { IsAbstract: true, IsSealed: true } ? "static class"
            : type.IsAbstract ? "abstract class"
            : type.IsSealed ? "sealed class" : "class";
        var bases = new List<string>();
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) && !type.IsEnum) bases.Add(Name(parent));
        var interfaces = type.GetInterfaces().Except(type.BaseType?.GetInterfaces() ?? []);
        bases.AddRange(interfaces.Select(bound => Name(bound)).Order(StringComparer.Ordinal));
        return $"{type.Namespace}: {kind} {Name(type)}{(type.IsEnum || bases.Count == 0 ? "" : " : " + string.Join(", ", bases))}";
    }

    private static IEnumerable<string> DescribeMembers(Type type)
    {
        if (type.IsEnum)
        {
            var fields = type.GetFields(BindingFlags.Public | BindingFlags.Static);
            return fields.Select(field => $"{field.Name} = {field.GetRawConstantValue()}");
        }

        return type.GetConstructors(Declared).Where(IsVisible).Select(DescribeConstructor)
            .Concat(type.GetFields(Declared).Where(IsVisible).Select(DescribeField))
            .Concat(type.GetProperties(Declared).Where(IsVisible).Select(DescribeProperty))
            .Concat(type.GetEvents(Declared).Where(happened => IsVisible(happened.AddMethod!)).Select(DescribeEvent))
            .Concat(type.GetMethods(Declared).Where(IsDescribed).Select(DescribeMethod));
    }

    // Protected members count where somebody outside can derive; "private protected" is nobody's business.
    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsVisible(FieldInfo field) => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly;

    private static bool IsVisible(PropertyInfo property) => property.GetAccessors(nonPublic: true).Any(IsVisible);

    private static bool IsDescribed(MethodInfo method) => IsVisible(method) && !method.IsSpecialName && !IsCompilers(method);

    private static bool IsCompilers(MethodInfo method) =>
        method.IsDefined(typeof(CompilerGeneratedAttribute))
        && method.Name is "Equals" or "GetHashCode" or "ToString" or "PrintMembers" or "<Clone>$";

    private static string DescribeConstructor(ConstructorInfo constructor) =>
        $"{Modifiers(constructor)}{Bare(constructor.DeclaringType!)}({Parameters(constructor)})";

    private static string DescribeField(FieldInfo field)
    {
        var modifier = field.IsLiteral ? "const " : field.IsStatic ? "static " : "";
        var value = field.IsLiteral ? $" = {field.GetRawConstantValue()}" : "";
        return $"{modifier}{Name(field.FieldType)} {field.Name}{value}";
    }

    private static string DescribeProperty(PropertyInfo property)
    {
        var accessors = property.GetAccessors(nonPublic: true).Where(IsVisible).ToList();
        var get = property.GetMethod is { } getter && IsVisible(getter) ? " get;" : "";
        var set = property.SetMethod is { } setter && IsVisible(setter) ? (IsInit(setter) ? " init;" : " set;") : "";
        var type = Name(property.PropertyType, Nullability.Create(property), property);
        return $"{Modifiers(accessors[0])}{type} {property.Name} {{{get}{set} }}";
    }

    private static bool IsInit(MethodInfo setter) => setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static string DescribeEvent(EventInfo happened) =>
        $"{Modifiers(happened.AddMethod!)}event {Name(happened.EventHandlerType!)} {happened.Name}";

    private static string DescribeMethod(MethodInfo method)
    {
        var arguments = method.GetGenericArguments().Select(argument => Name(argument));
        var generic = method.IsGenericMethod ? $"<{string.Join(", ", arguments)}>" : "";
        var type = Name(method.ReturnType, Nullability.Create(method.ReturnParameter), method.ReturnParameter);
        return $"{Modifiers(method)}{type} {method.Name}{generic}({Parameters(method)})";
    }

    private static string Modifiers(MethodBase method)
    {
        var access = method.IsPublic ? "" : "protected ";
        if (method.DeclaringType!.IsInterface) return access;
        var kind = method.IsStatic ? "static "
            : method.IsAbstract ? "abstract "
            : method is not MethodInfo { IsVirtual: true, IsFinal: false } own ? ""
            : own.GetBaseDefinition() == own ? "virtual " : "override ";
        return access + kind;
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
    {
        var isParams = parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute));
        var prefix = isParams ? "params "
            : parameter.IsOut ? "out "
            : !parameter.ParameterType.IsByRef ? ""
            : parameter.IsIn ? "in " : "ref ";
        var value = parameter.DefaultValue ?? (parameter.ParameterType.IsValueType ? "default" : "null");
        var optional = parameter.HasDefaultValue ? $" = {value}" : "";
        return $"{prefix}{Name(parameter.ParameterType, Nullability.Create(parameter), parameter)} {parameter.Name}{optional}";
    }));

    private static string Bare(Type type) => type.Name.Split('`')[0];

    private static string Name(Type type, NullabilityInfo? info = null, ICustomAttributeProvider? annotated = null)
    {
        if (type.IsByRef) return Name(type.GetElementType()!, info, annotated);
        if (Nullable.GetUnderlyingType(type) is { } underlying) return Name(underlying) + "?";
        // Every unconstrained T may be null, which says nothing; what counts is whether a question mark was written.
        var isNullable = type.IsGenericParameter ? IsMarked(annotated) : !type.IsValueType && info?.ReadState == NullabilityState.Nullable;
        var mark = isNullable ? "?" : "";
        if (type.IsGenericParameter) return type.Name + mark;
        if (type.IsArray) return Name(type.GetElementType()!, info?.ElementType) + "[]" + mark;
        var simple = type.FullName switch
        {
            "System.Void" => "void",
            "System.String" => "string",
            "System.Object" => "object",
            "System.Boolean" => "bool",
            "System.Byte" => "byte",
            "System.Int32" => "int",
            "System.Int64" => "long",
            _ => type.IsNested ? Name(type.DeclaringType!) + "." + Bare(type) : Bare(type),
        };
        if (!type.IsGenericType) return simple + mark;
        var arguments = type.GetGenericArguments();
        var inner = info?.GenericTypeArguments is { } infos && infos.Length == arguments.Length
            ? infos : new NullabilityInfo?[arguments.Length];
        return $"{simple}<{string.Join(", ", arguments.Select((argument, index) => Name(argument, inner[index])))}>{mark}";
    }

    // The compiler notes annotations at the place itself, or once for the member or type around it when they are all alike.
    private static bool IsMarked(ICustomAttributeProvider? annotated)
    {
        const byte Annotated = 2;
        if (annotated is null) return false;
        if (Noted(annotated, "NullableAttribute") is { } here) return here == Annotated;
        var around = annotated is ParameterInfo parameter ? parameter.Member : ((PropertyInfo)annotated).GetMethod;
        for (; around is not null; around = around.DeclaringType)
        {
            if (Noted(around, "NullableContextAttribute") is { } note) return note == Annotated;
        }

        return false;
    }

    private static byte? Noted(ICustomAttributeProvider place, string attribute)
    {
        var data = place is ParameterInfo parameter ? parameter.GetCustomAttributesData() : ((MemberInfo)place).GetCustomAttributesData();
        var found = data.FirstOrDefault(candidate => candidate.AttributeType.Name == attribute);
        return found?.ConstructorArguments is [{ Value: byte note }] ? note : null;
    }
}
