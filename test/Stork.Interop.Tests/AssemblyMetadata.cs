using System.Reflection;

namespace Stork.Interop.Tests;

/// <summary>Places on disk that the build wrote into the assembly.</summary>
internal static class AssemblyMetadata
{
    public static string Get(string key) =>
        typeof(AssemblyMetadata).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
