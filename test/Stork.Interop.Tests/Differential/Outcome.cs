using System.Text.RegularExpressions;

namespace Stork.Interop.Tests.Differential;

/// <summary>What a server made of a message sequence.</summary>
/// <param name="Answers">What came back, in a form that can be compared.</param>
/// <param name="End">"open", or why the socket in the main namespace ended.</param>
internal sealed partial record Outcome(string Answers, string End)
{
    /// <summary>
    /// Names that the original has for the end after a violation, depending on transport and layer. Stork says "parse error" when a packet
    /// is wrong in itself, and "forced server close" when it is wrong at this moment.
    /// </summary>
    private static readonly string[] AfterViolation = ["forced close", "forced server close", "parse error"];

    public string End { get; } = AfterViolation.Contains(End) ? "violation" : End;

    public override string ToString() => Visible($"{Answers} → {End}".TrimStart());

    private static string Visible(string text) =>
        Run().Replace(
            string.Concat(text.Select(c => char.IsControl(c) || char.IsSurrogate(c) || c == '\ufffd' ? $"\\u{(int)c:x4}" : c.ToString())),
            run => $"«{run.Value[0]} {run.Length}»");

    [GeneratedRegex(@"(.)\1{19,}")]
    private static partial Regex Run();
}
