using System.Text.Json;

namespace Stork.Browser.Tests;

/// <summary>What a program's runtimeconfig.json says to its runtime.</summary>
internal static class RuntimeSettings
{
    public const string TieringDelay = "System.Runtime.TieredCompilation.CallCountingDelayMs";
    public const string PoolSpin = "System.Threading.ThreadPool.UnfairSemaphoreSpinLimit";

    /// <param name="file">A program's runtimeconfig.json.</param>
    /// <returns>Its settings by name, as they are written.</returns>
    public static Dictionary<string, string> Read(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        return document.RootElement.GetProperty("runtimeOptions").GetProperty("configProperties").EnumerateObject()
            .ToDictionary(static setting => setting.Name, static setting => setting.Value.GetRawText());
    }
}
