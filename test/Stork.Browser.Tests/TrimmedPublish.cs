using System.Runtime.InteropServices;

namespace Stork.Browser.Tests;

/// <summary>Publishes programs as one trimmed file that needs no .NET on the machine.</summary>
internal static class TrimmedPublish
{
    private static string RuntimeIdentifier
    {
        get
        {
            var system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
            return $"{system}-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";
        }
    }

    /// <param name="project">The program's project.</param>
    /// <param name="directory">Where it is published.</param>
    /// <returns>Everything the publish wrote on the console; and why it could not be done here, null if it was.</returns>
    public static async Task<(string Output, string? Lack)> RunAsync(string project, string directory)
    {
        string[] kind = ["-r", RuntimeIdentifier, "-p:SelfContained=true", "-p:PublishTrimmed=true", "-p:PublishSingleFile=true"];
        var (restored, restoreOutput) = await Dotnet.RunAsync(["restore", project, .. kind]);
        if (!restored) return ("", $"the runtime for {RuntimeIdentifier} could not be restored:\n{restoreOutput}");
        var (published, output) = await Dotnet.RunAsync(
            ["publish", project, "--no-restore", "-c", "Release", "-o", directory, "-p:UseSharedCompilation=false", .. kind]);
        published.ShouldBeTrue(output);
        return (output, null);
    }
}
