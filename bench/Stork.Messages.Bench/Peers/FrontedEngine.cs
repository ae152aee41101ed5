namespace Stork.Messages.Bench.Peers;

/// <summary>What the official server runs on; see <c>peers/fronted/engines.mjs</c>.</summary>
/// <param name="Name">How it is called in the report.</param>
/// <param name="Argument">How the script knows it.</param>
/// <param name="Program">What runs the script, from <c>peers/fronted</c>.</param>
/// <param name="Module">A file of its packages, below <c>peers</c>.</param>
internal sealed record FrontedEngine(string Name, string Argument, string Program, string Module)
{
    public static IReadOnlyList<FrontedEngine> All { get; } =
    [
        new("Node.js", "ws", "node", "fronted/node_modules/ws/package.json"),
        new("uWebSockets.js", "uws", "../uws/node.sh", "uws/node_modules/@btc-vision/uwebsockets.js/package.json"),
        new("Bun", "bun", "../bun/node_modules/.bin/bun", "bun/node_modules/@socket.io/bun-engine/package.json"),
    ];

    /// <summary>Why it cannot be started on this machine; null: it can. Packages are looked for below the current directory.</summary>
    public string? Missing => Machine.Find("node") is null ? "needs Node.js"
        : File.Exists(Path.Combine("peers", Module)) ? null : "its packages are not there";

    /// <summary>The engine and the version of what runs it.</summary>
    public string Version => Argument == "bun"
        ? $"Bun {Machine.Run(Path.GetFullPath(Path.Combine("peers", "fronted", Program)), "--version")} with its engine"
        : $"{(Argument == "uws" ? "uWebSockets.js on " : "")}Node.js {Machine.Run(Machine.Find("node")!, "--version")?[1..]}";
}
