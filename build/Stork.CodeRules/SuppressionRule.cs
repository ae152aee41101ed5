using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Stork.CodeRules;

/// <summary>
/// Who turns a warning off says why: behind <c>#pragma warning disable</c> in a comment on the same line or the line above, in
/// <c>[SuppressMessage]</c> and its like as <c>Justification</c>.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SuppressionRule : DiagnosticAnalyzer
{
    private static readonly DiagnosticDescriptor Rule =
        HouseStyle.Describe("STORK002", "A suppression has no reason", "Say why {0} does not apply here");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rule];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSyntaxTreeAction(CheckPragmas);
        context.RegisterSyntaxNodeAction(CheckAttribute, SyntaxKind.Attribute);
    }

    private static void CheckPragmas(SyntaxTreeAnalysisContext context)
    {
        var lines = context.Tree.GetText(context.CancellationToken).Lines;
        var directive = context.Tree.GetCompilationUnitRoot(context.CancellationToken).GetFirstDirective();
        for (; directive is not null; directive = directive.GetNextDirective())
        {
            if (directive is not PragmaWarningDirectiveTriviaSyntax pragma) continue;
            if (!pragma.DisableOrRestoreKeyword.IsKind(SyntaxKind.DisableKeyword)) continue;
            var number = lines.IndexOf(pragma.SpanStart);
            if (lines[number].ToString().Contains("//")) continue;
            if (number > 0 && lines[number - 1].ToString().TrimStart().StartsWith("//", System.StringComparison.Ordinal)) continue;
            context.ReportDiagnostic(Diagnostic.Create(Rule, pragma.GetLocation(), pragma.ErrorCodes.ToString()));
        }
    }

    private static void CheckAttribute(SyntaxNodeAnalysisContext context)
    {
        var attribute = (AttributeSyntax)context.Node;
        var name = attribute.Name.ToString();
        if (!name.EndsWith("SuppressMessage", System.StringComparison.Ordinal)
            && !name.EndsWith("SuppressMessageAttribute", System.StringComparison.Ordinal))
        {
            return;
        }

        var arguments = attribute.ArgumentList?.Arguments;
        var reason = arguments?.FirstOrDefault(static a => a.NameEquals?.Name.Identifier.ValueText == "Justification");
        if (reason is { Expression: LiteralExpressionSyntax { Token.ValueText: "" or "<Pending>" } }) reason = null;
        if (reason is null) context.ReportDiagnostic(Diagnostic.Create(Rule, attribute.GetLocation(), "this rule"));
    }
}
