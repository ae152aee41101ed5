using Stork.Interop.Tests.Processes;

namespace Stork.Interop.Tests.Samples;

/// <summary>A console of samples/Parcels, C# or Node, with somebody before it.</summary>
internal sealed class ParcelsConsole : IAsyncDisposable
{
    private static readonly string Program = AssemblyMetadata.Get("ParcelsConsole");
    private static readonly string Script = Path.Combine(AssemblyMetadata.Get("ParcelsNode"), "console.js");
    private readonly ChildProcess _process;
    private readonly string _connected;

    public ParcelsConsole(ParcelsConsoleKind kind, string role, string name, Uri url, string directory)
    {
        _connected = $"connected as {role} {name}";
        _process = kind == ParcelsConsoleKind.CSharp
            ? ChildProcess.Start($"{role} {name} (C#)", "dotnet", [Program, role, name, url.ToString()], directory, isTalkative: true)
            : ChildProcess.Start($"{role} {name} (Node)", "node", [Script, role, name, url.ToString()], directory, isTalkative: true);
    }

    public Task TypeAsync(string command) => _process.TellAsync(command);

    public async Task ShouldConnectAsync()
    {
        while (await _process.NextLineAsync(_connected) != _connected)
        {
            // It lost the connection.
        }
    }

    /// <summary>What it says next has to be these lines, in this order.</summary>
    public async Task ShouldSayAsync(params string[] lines)
    {
        foreach (var line in lines) (await NextAsync(line)).ShouldBe(line);
    }

    /// <summary>What it says next has to be these lines, in any order.</summary>
    public async Task ShouldSayInAnyOrderAsync(params string[] lines)
    {
        var said = new List<string>();
        while (said.Count < lines.Length) said.Add(await NextAsync(string.Join("\" and \"", lines.Except(said))));
        said.ShouldBe(lines, ignoreOrder: true);
    }

    /// <summary>The next line, whatever happens to the connection.</summary>
    public async Task<string> NextAsync(string expected)
    {
        while (true)
        {
            var line = await _process.NextLineAsync(expected);
            if (line != _connected && line != "connection lost") return line;
        }
    }

    /// <summary>Goes home, having said nothing more.</summary>
    public async Task CloseAsync()
    {
        _process.HangUp();
        var rest = await _process.CompleteAsync();
        rest.Select(line => line.GetString()).ShouldAllBe(line => line == _connected || line == "connection lost");
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
