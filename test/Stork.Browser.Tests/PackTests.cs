namespace Stork.Browser.Tests;

/// <summary>The package of src/Stork, made of a fresh copy of the sources where there is no Node.js.</summary>
public sealed class PackTests : IDisposable
{
    private static readonly string[] BuildFiles =
        ["Directory.Build.props", "Directory.Packages.props", "global.json", ".editorconfig", "BannedSymbols.txt"];

    private readonly string _directory = Directory.CreateTempSubdirectory("stork-pack-").FullName;

    private string Packages => Path.Combine(_directory, "packages");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_package_without_the_official_client_is_made_on_purpose_only()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Hides Node.js with a directory of symbolic links.");
        CopySources();
        HideNode();

        var (isMade, output) = await PackAsync();
        isMade.ShouldBeFalse(output);
        output.ShouldContain("The package would lack the official client files");
        output.ShouldContain("Build and pack with Node.js and npm at hand, or set StorkClientBundle=false to leave them out on purpose.");
        Directory.Exists(Packages).ShouldBeFalse("nothing is left that could be published");

        // Nor of what was built before.
        (isMade, output) = await PackAsync("--no-build");
        isMade.ShouldBeFalse(output);
        output.ShouldContain("The package would lack the official client files");

        (isMade, output) = await PackAsync("-p:StorkClientBundle=false");
        isMade.ShouldBeTrue(output);
        Directory.GetFiles(Packages, "Stork.*.nupkg").ShouldHaveSingleItem();
    }

    private void CopySources()
    {
        foreach (var file in BuildFiles) File.Copy(Path.Combine(Sample.Repository, file), Path.Combine(_directory, file));
        var sources = Path.Combine(Sample.Repository, "src");
        foreach (var file in Directory.EnumerateFiles(sources, "*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(Sample.Repository, file);
            if (path.Split(Path.DirectorySeparatorChar) is [_, _, "bin" or "obj", ..]) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_directory, path))!);
            File.Copy(file, Path.Combine(_directory, path));
        }
    }

    /// <summary>Makes a path on which there is the SDK, the shell in which it starts programs, and nothing else.</summary>
    private void HideNode()
    {
        var path = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator);
        var visible = Directory.CreateDirectory(Path.Combine(_directory, "path"));
        foreach (var program in new[] { "dotnet", "sh" })
        {
            var target = path.Select(directory => Path.Combine(directory, program)).First(File.Exists);
            File.CreateSymbolicLink(Path.Combine(visible.FullName, program), target);
        }
    }

    private Task<(bool Succeeded, string Output)> PackAsync(params string[] options)
    {
        string[] command = ["pack", "src/Stork", "-c", "Release", "-o", Packages, "-p:UseSharedCompilation=false", "-p:RunAnalyzers=false"];
        return Dotnet.RunAsync([.. command, .. options], start =>
        {
            start.WorkingDirectory = _directory;
            start.Environment["PATH"] = Path.Combine(_directory, "path");
        });
    }
}
