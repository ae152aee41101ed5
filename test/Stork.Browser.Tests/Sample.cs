using System.Reflection;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Stork.Browser.Tests;

/// <summary>Where the samples are, as the build told.</summary>
internal static class Sample
{
    public static string Repository { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Metadata("ChatProject"))!, "..", ".."));

    public static string Project { get; } = Metadata("ChatProject");

    /// <summary>The program that was built along with these tests.</summary>
    public static string Assembly { get; } = Built(Project, "Chat.dll");

    /// <summary>The other sample, likewise.</summary>
    public static string Workers { get; } = Built(Metadata("WorkersProject"), "Workers.dll");

    /// <summary>Of the build of these tests and of everything they run.</summary>
    public static string Configuration { get; } = Metadata("Configuration");

    /// <summary>Where its worker for Node.js is.</summary>
    public static string NodeWorker { get; } = Path.Combine(Path.GetDirectoryName(Metadata("WorkersProject"))!, "node");

    /// <summary>A server of the sample of several ones.</summary>
    public static string ClusterServer { get; } = Metadata("ClusterProject");

    /// <summary>The folder of that sample.</summary>
    public static string Cluster { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ClusterServer)!, ".."));

    /// <summary>A console program that emits.</summary>
    public static string EmitterHost { get; } = Metadata("EmitterProject");

    private static string Built(string project, string assembly) =>
        Path.Combine(Path.GetDirectoryName(project)!, "bin", Metadata("Configuration"), "net10.0", assembly);

    private static string Metadata(string key) =>
        typeof(Sample).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
