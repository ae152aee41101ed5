using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Stork.CodeRules;

/// <summary>A line, comments included, is at most as wide as <c>max_line_length</c> of .editorconfig says.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class LineWidthRule : DiagnosticAnalyzer
{
    private static readonly DiagnosticDescriptor Rule =
        HouseStyle.Describe("STORK001", "A line is too wide", "The line has {0} columns, {1} are allowed");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rule];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSyntaxTreeAction(Check);
    }

    private static void Check(SyntaxTreeAnalysisContext context)
    {
        var options = context.Options.AnalyzerConfigOptionsProvider.GetOptions(context.Tree);
        if (!options.TryGetValue("max_line_length", out var value) || !int.TryParse(value, out var widest)) return;
        foreach (var line in context.Tree.GetText(context.CancellationToken).Lines)
        {
            var width = line.Span.Length;
            if (width <= widest) continue;
            var tooMuch = TextSpan.FromBounds(line.Start + widest, line.End);
            context.ReportDiagnostic(Diagnostic.Create(Rule, Location.Create(context.Tree, tooMuch), width, widest));
        }
    }
}
