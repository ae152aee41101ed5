using System.Text.RegularExpressions;

namespace Stork.Tests.Documentation;

/// <summary>
/// A page, and the tests that it names. What says where a test is, in this order: a letter before it, whose meaning the page gives as
/// <c>`S` = test/Stork.Tests</c>; a folder behind it in the same cell or line, <c>in `test/Stork.Tests`</c>; the letter of the reference
/// before it in the same cell; the first <c>`test/Stork.…Tests`</c> of the page.
/// </summary>
internal sealed partial class DocumentedPage
{
    private const string HeadOfPromises = " test |";
    private const string Simulation = "the simulation";

    private readonly string[] _lines;
    private readonly Dictionary<string, string> _folders;
    private readonly string _usualFolder;

    public DocumentedPage(string path)
    {
        var text = File.ReadAllText(Path.Combine(SourceTree.Root, path));
        _lines = text.Split('\n');
        _folders = Legend().Matches(text)
            .ToDictionary(static entry => entry.Groups["letter"].Value, static entry => entry.Groups["folder"].Value);
        _usualFolder = UsualFolder().Match(text).Groups["folder"].Value;
    }

    public IEnumerable<TestReference> References => _lines.SelectMany(static line => line.Split('|')).SelectMany(ReferencesIn);

    /// <summary>The rows of the tables whose last column is called "test".</summary>
    public IEnumerable<string> Promises
    {
        get
        {
            var isTable = false;
            foreach (var line in _lines)
            {
                if (!line.StartsWith('|')) isTable = false;
                else if (line.EndsWith(HeadOfPromises, StringComparison.Ordinal)) isTable = true;
                else if (isTable && !line.StartsWith("|---", StringComparison.Ordinal)) yield return line;
            }
        }
    }

    /// <summary>Whether the last cell of a row names one; a page may say once, by its name, what "the simulation" is.</summary>
    public bool NamesATest(string row)
    {
        var cell = row.TrimEnd('|', ' ').Split('|')[^1];
        return ReferencesIn(cell).Any() || cell.Contains(Simulation, StringComparison.Ordinal);
    }

    private IEnumerable<TestReference> ReferencesIn(string cell)
    {
        var folder = _usualFolder;
        foreach (Match found in Reference().Matches(cell))
        {
            if (found.Groups["letter"] is { Success: true, Value: var letter })
            {
                folder = _folders.GetValueOrDefault(letter)
                    ?? throw new InvalidDataException($"the page does not say what {letter} is, of which it names {found.Value}");
            }

            else if (UsualFolder().Match(cell, found.Index) is { Success: true } behind)
            {
                folder = behind.Groups["folder"].Value;
            }

            var names = found.Groups["names"].Value.Split('.', '/');
            var at = Array.FindIndex(names, static name => name.EndsWith("Tests", StringComparison.Ordinal));
            yield return new TestReference(
                found.Value,
                folder,
                string.Join('/', names.Take(Math.Max(at, 0))),
                at < 0 ? "" : names[at],
                string.Join('.', names.Skip(at + 1)));
        }
    }

    /// <summary>`RoomTests`, `Faults/KillTests.Keeps_every_promise`, or the sentence alone: a name with two underscores.</summary>
    [GeneratedRegex(
        @"(\b(?<letter>[A-Z]{1,2}) )?`(?<names>([A-Za-z]+[./])*[A-Za-z]*[a-z]Tests(\.[A-Za-z][^`]*)?|[A-Z][a-z]*(_[a-zA-Z0-9]+){2,})`",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Reference();

    [GeneratedRegex(@"`(?<letter>[A-Z]{1,2})` = `?(?<folder>test/[\w./]+\w)", RegexOptions.ExplicitCapture)]
    private static partial Regex Legend();

    [GeneratedRegex(@"(?<!= )`(?<folder>test/Stork(\.\w+)*\.Tests(/\w+)*)`", RegexOptions.ExplicitCapture)]
    private static partial Regex UsualFolder();
}
