using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Stork.CodeRules;

/// <summary>
/// A file has at most <c>stork_max_file_lines</c> lines and a type at most <c>stork_max_type_lines</c> over all its parts: what is longer
/// does more than one thing.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SizeRule : DiagnosticAnalyzer
{
    private static readonly DiagnosticDescriptor FileRule =
        HouseStyle.Describe("STORK003", "A file is too long", "The file has {0} lines, {1} are allowed");

    private static readonly DiagnosticDescriptor TypeRule =
        HouseStyle.Describe("STORK004", "A type is too long", "'{0}' has {1} lines over all its parts, {2} are allowed");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [FileRule, TypeRule];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSyntaxTreeAction(CheckFile);
        context.RegisterSymbolAction(CheckType, SymbolKind.NamedType);
    }

    private static void CheckFile(SyntaxTreeAnalysisContext context)
    {
        if (Limit(context.Options, context.Tree, "stork_max_file_lines") is not { } most) return;
        var lines = context.Tree.GetText(context.CancellationToken).Lines.Count - 1;
        if (lines <= most) return;
        var start = context.Tree.GetRoot(context.CancellationToken).GetFirstToken().GetLocation();
        context.ReportDiagnostic(Diagnostic.Create(FileRule, start, lines, most));
    }

    private static void CheckType(SymbolAnalysisContext context)
    {
        // What generators add is read by nobody.
        var parts = context.Symbol.DeclaringSyntaxReferences
            .Where(static p => !p.SyntaxTree.FilePath.EndsWith(".g.cs", StringComparison.Ordinal))
            .ToArray();
        if (parts.Length == 0 || context.Symbol.ContainingType is not null) return;
        if (Limit(context.Options, parts[0].SyntaxTree, "stork_max_type_lines") is not { } most) return;
        var lines = parts.Sum(part =>
        {
            var span = part.SyntaxTree.GetLineSpan(part.GetSyntax(context.CancellationToken).FullSpan, context.CancellationToken);
            return span.EndLinePosition.Line - span.StartLinePosition.Line;
        });
        if (lines <= most) return;
        context.ReportDiagnostic(Diagnostic.Create(TypeRule, context.Symbol.Locations[0], context.Symbol.Name, lines, most));
    }

    private static int? Limit(AnalyzerOptions options, SyntaxTree tree, string name) =>
        options.AnalyzerConfigOptionsProvider.GetOptions(tree).TryGetValue(name, out var value) && int.TryParse(value, out var limit)
            ? limit
            : null;
}
