using System.Globalization;

namespace Stork.Queues.Tool;

/// <summary>The commands of stork-queues. What they print is for people; scripts go by the exit code.</summary>
public static class CommandLine
{
    /// <summary>All is well.</summary>
    public const int Sound = 0;

    /// <summary>Something is damaged, or messages are lost.</summary>
    public const int Damaged = 1;

    /// <summary>The command could not be carried out.</summary>
    public const int Failed = 2;

    private const string Usage = """
        stork-queues verify <store>               reads everything and names what is damaged; changes nothing
        stork-queues salvage <store> <target>     writes what is not damaged to a new store and lists what is lost
        stork-queues backup <store> <target>      copies a store that no process has open
        stork-queues dump <store>                 prints every record without the contents of messages

        Exit code 0: all is well; 1: something is damaged or lost; 2: the command could not be carried out.
        """;

    /// <summary>Carries out one command.</summary>
    /// <param name="arguments">The command and its directories.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="errors">Where errors go.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter errors)
    {
        try
        {
            switch (arguments)
            {
                case ["verify", var store]:
                    return Print(await QueueStoreTools.VerifyAsync(store), output);
                case ["salvage", var store, var target]:
                    return Print(await QueueStoreTools.SalvageAsync(store, target), output);
                case ["backup", var store, var target]:
                    await QueueStoreTools.BackupAsync(store, target);
                    return Sound;
                case ["dump", var store]:
                    await QueueStoreTools.DumpAsync(store, output);
                    return Sound;
                default:
                    await errors.WriteLineAsync(Usage);
                    return Failed;
            }
        }
        catch (Exception failure) when (failure is QueueException or IOException or UnauthorizedAccessException)
        {
            await errors.WriteLineAsync(failure.Message);
            return Failed;
        }
    }

    private static int Print(StoreReport report, TextWriter output)
    {
        Line(output, $"store {report.Store}, {report.Shards} shard(s), {report.Messages} messages");
        foreach (var segment in report.Segments)
        {
            FormattableString bytes = $"{segment.UsedBytes} bytes used, {segment.LiveBytes} live";
            Line(output, $"{segment.File}: {segment.Frames} frames, {segment.Records} records from {segment.FirstLsn}, {bytes}");
        }

        foreach (var fault in report.Faults)
        {
            FormattableString extent = $"({fault.Length} bytes, {fault.Records} records from {fault.Lsn})";
            Line(output, $"{fault.Kind.ToString().ToUpperInvariant()} {fault.File}+{fault.Offset}: {fault.What} {extent}");
        }

        Line(output, $"{(report.IsSound ? "sound" : "DAMAGED")}");
        return report.IsSound ? Sound : Damaged;
    }

    private static int Print(SalvageReport report, TextWriter output)
    {
        Print(report.Source, output);
        foreach (var name in report.RenamedQueues) Line(output, $"a queue whose name is lost is called {name} now");
        foreach (var gap in report.Gaps)
            Line(output, $"LOST {gap.Kind} {gap.Queue}: at most {gap.Count} of {gap.FirstSequence}..{gap.LastSequence}");
        if (report.RecordsLost > 0)
            Line(
                output,
                $"LOST {report.RecordsLost} records; messages that were the last of their queue are among them without being listed");
        Line(output, $"saved {report.Messages} messages");
        return report.Gaps.Count == 0 && report.RecordsLost == 0 && report.RenamedQueues.Count == 0 ? Sound : Damaged;
    }

    private static void Line(TextWriter output, FormattableString text) =>
        output.WriteLine(LogText.Of(text.ToString(CultureInfo.InvariantCulture), int.MaxValue));
}
