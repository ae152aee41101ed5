using System.Text.RegularExpressions;

namespace Stork.Interop.Tests.Differential;

/// <summary>Reads a table of inputs; the first lines of each tell its form.</summary>
internal static partial class CaseFile
{
    public static IReadOnlyList<Case> Read(string name)
    {
        var cases = new List<Case>();
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Differential", name)))
        {
            if (line.Length == 0 || line[0] == '#') continue;
            var annotation = Annotation().Match(line);
            if (!line.StartsWith("  ", StringComparison.Ordinal)) cases.Add(new Case(line));
            else if (annotation.Success) cases[^1].Annotate(annotation.Groups["who"].Value, annotation.Groups["what"].Value);
            else throw new FormatException($"{name}: \"{line}\" is neither a case nor what somebody makes of one.");
        }

        foreach (var @case in cases) @case.ShouldBeWhole();
        return cases;
    }

    /// <summary>The messages a line stands for.</summary>
    public static IEnumerable<string> Expand(string line) =>
        line.Split(" | ").Select(message => Repetition().Replace(message, Repeat)
            .Replace('␠', ' ').Replace('␉', '\t').Replace('␊', '\n').Replace('␞', '\u001e').Replace("∅", "", StringComparison.Ordinal));

    private static string Repeat(Match match)
    {
        var count = int.Parse(match.Groups["count"].Value);
        var what = match.Groups["what"].Value;
        var repeated = string.Concat(Enumerable.Repeat(what, count));
        return what == "[" ? repeated + new string(']', count) : repeated;
    }

    [GeneratedRegex("^  (?<who>original|stork|because): (?<what>.*)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Annotation();

    [GeneratedRegex("«(?<what>[^ ]+) (?<count>[0-9]+)»", RegexOptions.ExplicitCapture)]
    private static partial Regex Repetition();

    /// <summary>One input, and what the servers make of it where that differs.</summary>
    internal sealed record Case(string Line)
    {
        public string? Original { get; set; }

        public string? Stork { get; set; }

        public string? Because { get; set; }

        public void Annotate(string who, string what)
        {
            switch (who)
            {
                case "original":
                    Original = what;
                    break;
                case "stork":
                    Stork = what;
                    break;
                default:
                    Because = what;
                    break;
            }
        }

        public void ShouldBeWhole()
        {
            var annotations = new[] { Original, Stork, Because };
            if (annotations.Any(annotation => annotation is null) && annotations.Any(annotation => annotation is not null))
                throw new FormatException($"A difference needs what the original makes of it, what Stork makes of it, and why: {Line}");
        }

        /// <summary>Fails unless both made the same of it or, where a difference is told, each exactly what is told.</summary>
        public void ShouldHold(Outcome ofOriginal, Outcome ofStork)
        {
            if (Because is null)
            {
                ofStork.ToString().ShouldBe(ofOriginal.ToString());
                return;
            }

            ofOriginal.ToString().ShouldBe(Original);
            ofStork.ToString().ShouldBe(Stork);
            ofStork.ToString().ShouldNotBe(ofOriginal.ToString(), "They agree now: take the difference out of the table.");
        }
    }
}
