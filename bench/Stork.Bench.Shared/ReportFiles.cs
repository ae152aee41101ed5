using System.Globalization;
using System.Text.Json;

namespace Stork.Bench.Shared;

/// <summary>A report on disk: a page for people, and the data for programs.</summary>
internal static class ReportFiles
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>What the names of all files of a report start with: date-name.</summary>
    public static string Stem(DateTimeOffset started, string name) =>
        string.Create(CultureInfo.InvariantCulture, $"{started:yyyy-MM-dd}-{name}");

    /// <summary>Writes date-name.md and .json; returns the path without its ending.</summary>
    public static string Write<T>(string folder, DateTimeOffset started, string name, string page, T data)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, Stem(started, name));
        File.WriteAllText(path + ".md", page);
        File.WriteAllText(path + ".json", JsonSerializer.Serialize(data, s_options) + "\n");
        return path;
    }
}
