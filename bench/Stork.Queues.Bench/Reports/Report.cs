using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Stork.Queues.Bench.Reports;

/// <summary>Collects rows, prints them as they come, and writes them with the machine, the commit and the date.</summary>
internal sealed class Report(DateTimeOffset started)
{
    private const string Head = "| scenario | peer | figure | | times | µs CPU | synced | note |\n|---|---|---:|---|---:|---:|---|---|";

    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly List<Row> _rows = [];

    public void Begin() => Console.WriteLine(Head);

    /// <summary>A figure of another peer than the first of the same scenario is printed with the ratio.</summary>
    public void Add(Row row)
    {
        var first = _rows.Find(known => known.Scenario == row.Scenario && known.Unit == row.Unit);
        var rated = first is null || first.Peer == row.Peer ? row : row with { Ratio = first.Value / row.Value };
        _rows.Add(rated);
        Console.WriteLine(Line(rated));
    }

    /// <summary>Writes <c>results/date-name.md</c> and <c>.json</c>; returns the path without its ending.</summary>
    public string Write(string directory, string name)
    {
        var machine = string.Create(
            CultureInfo.InvariantCulture,
            $"{Processor()}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");
        var commit = Output("git", "rev-parse", "--short=12", "HEAD");
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Queues, {started:yyyy-MM-dd HH:mm} UTC\n\n- {machine}\n- Commit {commit}\n");
        text.Append("- 200-byte messages, batches of 256. \"times\" is the first peer's figure divided by the row's; ");
        text.Append("\"µs CPU\" is processor time per operation, clients included.\n\n");
        text.Append(Head).Append('\n');
        foreach (var row in _rows) text.Append(Line(row)).Append('\n');
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{started:yyyy-MM-dd}-{name}"));
        File.WriteAllText(path + ".md", text.ToString());
        File.WriteAllText(path + ".json", JsonSerializer.Serialize(new { started, machine, commit, rows = _rows }, s_options) + "\n");
        return path;
    }

    private static string Line(Row row) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {row.Scenario} | {row.Peer} | {Number(row.Value)} | {row.Unit} | {row.Ratio:0.0} | {row.MicrosecondsOfCpu:0.00} | {Word(row.Synced)} | {row.Note} |");

    private static string Number(double value) => value.ToString(value >= 1000 ? "N0" : "0.##", CultureInfo.InvariantCulture);

    private static string Word(bool? synced) => synced switch { true => "yes", false => "no", null => "" };

    private static string Processor() =>
        File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(static l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? ""
            : RuntimeInformation.ProcessArchitecture.ToString();

    private static string Output(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true });
        return process?.StandardOutput.ReadToEnd().Trim() ?? "";
    }
}
