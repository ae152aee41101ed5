using Microsoft.CodeAnalysis;

namespace Stork.CodeRules;

/// <summary>What the rules have in common: all are about style, and warnings wherever .editorconfig does not say otherwise.</summary>
internal static class HouseStyle
{
    public static DiagnosticDescriptor Describe(string id, string title, string message) =>
        new(id, title, message, "Style", DiagnosticSeverity.Warning, isEnabledByDefault: true);
}
