namespace Stork.Bench.Peers;

/// <summary>A server to measure, as described in <c>peers.json</c>.</summary>
/// <param name="Name">How it is chosen on the command line.</param>
/// <param name="Title">How it is called in the report.</param>
/// <param name="Folder">Where it is started, relative to <c>peers.json</c>.</param>
/// <param name="Command">Program and arguments; <c>{port}</c> stands for the port on 127.0.0.1 it shall listen on.</param>
/// <param name="Environment">Variables it is started with, besides the inherited ones.</param>
/// <param name="Scenarios">Names of those it can serve; all when there is no such list.</param>
/// <param name="Dialect">What it speaks when that is not Socket.IO.</param>
internal sealed record Peer(
    string Name,
    string Title,
    string Folder,
    IReadOnlyList<string> Command,
    IReadOnlyDictionary<string, string>? Environment = null,
    IReadOnlyList<string>? Scenarios = null,
    string? Dialect = null)
{
    /// <summary>The server that shows what the load side and the machine can do.</summary>
    public const string Ceiling = "ceiling";

    public bool Serves(string scenario) => Scenarios is null || Scenarios.Contains(scenario);
}
