using System.Globalization;
using System.Text;

namespace Stork.Queues.Bench.Reports;

/// <summary>Collects rows, prints them as they come, and writes them with the machine, the commit and the date.</summary>
internal sealed class Report(DateTimeOffset started)
{
    private const string Head = "| scenario | peer | figure | | times | µs CPU | synced | note |\n|---|---|---:|---|---:|---:|---|---|";

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
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Queues, {started:yyyy-MM-dd HH:mm} UTC\n\n");
        text.Append(CultureInfo.InvariantCulture, $"- {Platform.Machine}\n- Commit {Platform.Commit}\n");
        text.Append("- 200-byte messages, batches of 256. \"times\" is the first peer's figure divided by the row's; ");
        text.Append("\"µs CPU\" is processor time per operation, clients included.\n\n");
        text.Append(Head).Append('\n');
        foreach (var row in _rows) text.Append(Line(row)).Append('\n');
        var data = new { started, Platform.Machine, Platform.Commit, rows = _rows };
        return ReportFiles.Write(directory, started, name, text.ToString(), data);
    }

    private static string Line(Row row) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {row.Scenario} | {row.Peer} | {Number(row.Value)} | {row.Unit} | {row.Ratio:0.0} | {row.MicrosecondsOfCpu:0.00} | "
        + $"{Word(row.Synced)} | {row.Note} |");

    private static string Number(double value) => value.ToString(value >= 1000 ? "N0" : "0.##", CultureInfo.InvariantCulture);

    private static string Word(bool? synced) => synced switch { true => "yes", false => "no", null => "" };
}
