using System.Runtime.CompilerServices;

namespace Stork.Tests.Documentation;

/// <summary>The repository that these tests were built in.</summary>
internal static class SourceTree
{
    public static string Root { get; } = FindRoot();

    /// <summary>Every page for readers, as a path from the root; a new one needs no word here.</summary>
    public static IReadOnlyList<string> Pages { get; } =
    [
        .. Directory.EnumerateFiles(Root, "*.md", SearchOption.AllDirectories)
            .Where(IsOurs).Select(PathFromRoot).Order(StringComparer.Ordinal),
    ];

    public static string PathFromRoot(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    /// <summary>Neither of a package nor of a build, nor a result of former days.</summary>
    public static bool IsOurs(string file) =>
        !PathFromRoot(file).Split('/').Any(static part => part is "node_modules" or "bin" or "obj" or "artifacts" or "results");

    private static string FindRoot([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "../../.."));
}
