namespace Stork.Tests.Documentation;

/// <summary>A test, or a class of tests, that a page names.</summary>
/// <param name="Text">As it stands there.</param>
/// <param name="Folder">The folder that it has to be in, or below it, from the root of the repository; empty: any.</param>
/// <param name="Subfolder">Folders before the class.</param>
/// <param name="Class">The class; empty: any.</param>
/// <param name="Method">The method; empty: any.</param>
internal sealed record TestReference(string Text, string Folder, string Subfolder, string Class, string Method)
{
    public bool Exists => TestCatalog.All.Any(IsMatch);

    private bool IsMatch(TestCatalog.Test test) =>
        (Class.Length == 0 || test.Class == Class)
        && (Method.Length == 0 || test.Method == Method)
        && (Folder.Length == 0 || $"{test.Folder}/".StartsWith($"{Folder}/", StringComparison.Ordinal))
        && (Subfolder.Length == 0 || test.Folder.EndsWith($"/{Subfolder}", StringComparison.Ordinal));
}
