using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Stork.Tests.Architecture;

/// <summary>
/// An assembly of the product as the compiler left it: which folder each type comes from, and which types it names. Nested types,
/// closures and the state machines of asynchronous methods count as their outermost type.
/// </summary>
internal sealed class CompiledAssembly : IDisposable
{
    public const string Root = "(root)";

    private readonly ModuleDefinition _module;
    private readonly TypeDocuments _documents;

    public CompiledAssembly(string name)
    {
        Name = name;
        var path = Path.Combine(AppContext.BaseDirectory, name);
        _module = ModuleDefinition.ReadModule(path + ".dll", new ReaderParameters { ReadSymbols = true });
        _documents = new TypeDocuments(path + ".pdb");
        foreach (var type in _module.Types)
        {
            // What a generator wrote lies in no folder.
            if (HomeOf(type) is not { } home) continue;
            Folders.Add(type.FullName, home);
            Types.Add(type);
        }
    }

    public string Name { get; }

    public List<TypeDefinition> Types { get; } = [];

    /// <summary>The folder of each outermost type, by its full name.</summary>
    public Dictionary<string, string> Folders { get; } = [];

    /// <summary>Where the file lies that is named as the type, and not as a part of it.</summary>
    private string? HomeOf(TypeDefinition type) =>
        DocumentsOf(type)
            .Where(document => FolderOf(document) is not null)
            .MinBy(static document => Path.GetFileName(document).Length) is { } main ? FolderOf(main) : null;

    /// <summary>All folders in which parts of a type lie.</summary>
    public IEnumerable<string> FoldersOf(TypeDefinition type) =>
        DocumentsOf(type).Select(FolderOf).OfType<string>().Distinct(StringComparer.Ordinal);

    /// <summary>Which types of the assembly a type names, and in which of its members.</summary>
    public IEnumerable<(string Member, string Target)> ReferencesOf(TypeDefinition type) =>
        from reference in DirectReferences(type)
        from part in Parts(reference.Target)
        let target = Outermost(part)
        where target.Scope == _module && target.FullName != Outermost(type).FullName
        select (reference.Member, target.FullName);

    public void Dispose()
    {
        _module.Dispose();
        _documents.Dispose();
    }

    private static IEnumerable<(string Member, TypeReference Target)> DirectReferences(TypeDefinition type)
    {
        IEnumerable<(string Member, TypeReference? Target)> direct =
        [
            ("base type", type.BaseType),
            .. type.Interfaces.Select(static implemented => ("interface", (TypeReference?)implemented.InterfaceType)),
            .. Attributes("attribute", type),
            .. Constraints("type parameter", type),
            .. type.Fields.SelectMany(static field => Attributes(field.Name, field).Prepend((field.Name, field.FieldType))),
            .. type.Properties.SelectMany(static property => Attributes(property.Name, property)),
            .. type.Methods.SelectMany(static method => OfMethod(method).Select(target => (method.Name, target))),
        ];
        foreach (var (member, target) in direct)
        {
            if (target is not null) yield return (member, target);
        }

        foreach (var nested in type.NestedTypes)
        {
            foreach (var (member, target) in DirectReferences(nested)) yield return ($"{nested.Name}.{member}", target);
        }
    }

    private static IEnumerable<TypeReference?> OfMethod(MethodDefinition method) =>
    [
        method.ReturnType,
        .. method.Parameters.Select(static parameter => parameter.ParameterType),
        .. Attributes("", method).Concat(Constraints("", method)).Select(static found => found.Item2),
        .. method.HasBody ? method.Body.Variables.Select(static variable => variable.VariableType) : [],
        .. method.HasBody ? method.Body.ExceptionHandlers.Select(static handler => handler.CatchType) : [],
        .. method.HasBody ? method.Body.Instructions.SelectMany(OfInstruction) : [],
    ];

    private static IEnumerable<TypeReference?> OfInstruction(Instruction instruction) => instruction.Operand switch
    {
        TypeReference type => [type],
        GenericInstanceMethod method => [method.DeclaringType, .. method.GenericArguments],
        MemberReference member => [member.DeclaringType],
        _ => [],
    };

    private static IEnumerable<(string, TypeReference?)> Attributes(string member, ICustomAttributeProvider provider) =>
        provider.CustomAttributes.SelectMany(attribute => attribute.ConstructorArguments
            .Select(argument => (member, argument.Value as TypeReference))
            .Prepend((member, attribute.AttributeType)));

    private static IEnumerable<(string, TypeReference?)> Constraints(string member, IGenericParameterProvider provider) =>
        from parameter in provider.GenericParameters
        from constraint in parameter.Constraints
        select (member, (TypeReference?)constraint.ConstraintType);

    /// <summary>A type without its array, reference or modifier, and the arguments of a generic one.</summary>
    private static IEnumerable<TypeReference> Parts(TypeReference? type) => type switch
    {
        null or GenericParameter => [],
        GenericInstanceType generic => generic.GenericArguments.SelectMany(Parts).Append(generic.ElementType),
        TypeSpecification specification => Parts(specification.ElementType),
        _ => [type],
    };

    private static TypeReference Outermost(TypeReference type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private IEnumerable<string> DocumentsOf(TypeDefinition type)
    {
        var ofMethods = type.Methods.Where(static method => method.HasBody)
            .SelectMany(static method => method.DebugInformation.SequencePoints)
            .Select(static point => point.Document.Url);
        return ofMethods.Concat(_documents.Of((int)type.MetadataToken.RID)).Concat(type.NestedTypes.SelectMany(DocumentsOf));
    }

    /// <summary>The path between the project's folder and the file; null for what a generator wrote.</summary>
    private string? FolderOf(string document)
    {
        var parts = document.Replace('\\', '/').Split("/src/")[^1].Split('/');
        if (parts[0] == "Shared") return string.Join('/', parts[..^1]);
        if (parts[0] != Name || parts[1] == "obj") return null;
        return parts.Length == 2 ? Root : string.Join('/', parts[1..^1]);
    }
}
