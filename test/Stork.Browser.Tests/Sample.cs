using System.Reflection;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Stork.Browser.Tests;

/// <summary>Where the chat sample is, as the build told.</summary>
internal static class Sample
{
    public static string Project { get; } = Metadata("ChatProject");

    /// <summary>The program that was built along with these tests.</summary>
    public static string Assembly { get; } =
        Path.Combine(Path.GetDirectoryName(Project)!, "bin", Metadata("Configuration"), "net10.0", "Chat.dll");

    private static string Metadata(string key) =>
        typeof(Sample).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
