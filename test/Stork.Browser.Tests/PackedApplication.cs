namespace Stork.Browser.Tests;

/// <summary>An application that references the package of src/Stork, as one gets it from a feed.</summary>
public sealed class PackedApplication : IAsyncLifetime
{
    private static readonly string[] Projects = ["Stork", "Stork.Protocol", "Stork.Queues"];

    private readonly string _directory = Directory.CreateTempSubdirectory("stork-packed-").FullName;

    // A version that no machine has seen, so that no folder of packages can have another of this name.
    private readonly string _version = $"0.1.0-test-{Guid.NewGuid():N}";

    public async ValueTask InitializeAsync()
    {
        foreach (var project in Projects)
        {
            var path = Path.Combine(Sample.Repository, "src", project);
            await RunAsync(
                "pack", path, "--no-build", "-c", Sample.Configuration, "-o", "feed",
                $"-p:PackageVersion={_version}", "-p:StorkClientBundle=false", $"-p:NuspecOutputPath={_directory}/nuspec/");
        }

        await File.WriteAllTextAsync(Path.Combine(_directory, "Program.cs"), "return;");
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Builds the application.</summary>
    /// <param name="projectLines">What its project file has besides the reference.</param>
    /// <returns>The settings that its runtime will read, by name.</returns>
    internal async Task<Dictionary<string, string>> BuildAsync(string projectLines = "")
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "app.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk.Web">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <NuGetAudit>false</NuGetAudit>
                <RestorePackagesPath>$(MSBuildProjectDirectory)/packages</RestorePackagesPath>
                <RestoreSources>$(MSBuildProjectDirectory)/feed</RestoreSources>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Stork" Version="{_version}" />
              </ItemGroup>
              {projectLines}
            </Project>
            """);
        await RunAsync("build", "app.csproj", "-o", "out", "-v", "quiet", "-warnaserror", "-p:UseSharedCompilation=false");
        return RuntimeSettings.Read(Path.Combine(_directory, "out", "app.runtimeconfig.json"));
    }

    private async Task RunAsync(params string[] arguments)
    {
        var (succeeded, output) = await Dotnet.RunAsync(arguments, start => start.WorkingDirectory = _directory);
        succeeded.ShouldBeTrue($"dotnet {string.Join(' ', arguments)}\n{output}");
    }
}
