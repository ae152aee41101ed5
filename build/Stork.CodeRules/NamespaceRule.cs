using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Stork.CodeRules;

/// <summary>
/// The namespace of a file is its folder, unless the file holds a public type: those share the root namespace, so that one <c>using</c> is
/// all an application needs (or lie in a namespace of the framework, where extensions of its types are looked for). For files that a
/// project links from elsewhere the rule has no opinion. On where <c>stork_public_types_share_root = true</c>.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class NamespaceRule : DiagnosticAnalyzer
{
    private static readonly DiagnosticDescriptor Rule =
        HouseStyle.Describe("STORK005", "A namespace is not where it belongs", "'{0}' should be '{1}'");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rule];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSyntaxNodeAction(Check, SyntaxKind.FileScopedNamespaceDeclaration);
    }

    private static void Check(SyntaxNodeAnalysisContext context)
    {
        var options = context.Options.AnalyzerConfigOptionsProvider;
        if (!options.GetOptions(context.Node.SyntaxTree).TryGetValue("stork_public_types_share_root", out var on) || on != "true") return;
        if (!options.GlobalOptions.TryGetValue("build_property.RootNamespace", out var root)) return;
        if (!options.GlobalOptions.TryGetValue("build_property.ProjectDir", out var project)) return;
        var file = context.Node.SyntaxTree.FilePath;
        if (!file.StartsWith(project, System.StringComparison.Ordinal) || file.Contains("/../")) return;

        var declaration = (FileScopedNamespaceDeclarationSyntax)context.Node;
        var name = declaration.Name.ToString();
        var isPublic = declaration.Members.Any(static m => m.Modifiers.Any(SyntaxKind.PublicKeyword));
        if (isPublic && name.StartsWith("Microsoft.", System.StringComparison.Ordinal)) return;
        var folder = Path.GetDirectoryName(file.Substring(project.Length))!.Replace(Path.DirectorySeparatorChar, '.');
        var expected = isPublic || folder.Length == 0 ? root : root + "." + folder;
        if (name != expected) context.ReportDiagnostic(Diagnostic.Create(Rule, declaration.Name.GetLocation(), name, expected));
    }
}
