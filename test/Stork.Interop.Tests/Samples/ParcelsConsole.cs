using System.Text.RegularExpressions;
using Stork.Interop.Tests.Processes;

namespace Stork.Interop.Tests.Samples;

/// <summary>A console of samples/Parcels, C# or Node, with somebody before it.</summary>
internal sealed partial class ParcelsConsole : IAsyncDisposable
{
    private static readonly string Program = AssemblyMetadata.Get("ParcelsConsole");
    private static readonly string Script = Path.Combine(AssemblyMetadata.Get("ParcelsNode"), "console.js");
    private readonly ChildProcess _process;
    private readonly string _connected;
    private readonly string _prompt;
    private string _typed = "";

    public ParcelsConsole(ParcelsConsoleKind kind, string role, string name, Uri url, string directory, bool isTerminal = false)
    {
        _connected = $"connected as {role} {name}";
        _prompt = $"{name} > ";
        string[] arguments = [role, name, "--urls", url.ToString(), "--data", directory];
        string[] command = kind == ParcelsConsoleKind.CSharp ? ["dotnet", Program, .. arguments] : ["node", Script, .. arguments];
        // script(1) puts a terminal before it.
        if (isTerminal) command = ["script", "-q", "-e", "-c", string.Join(' ', command.Select(static part => $"'{part}'")), "/dev/null"];
        _process = ChildProcess.Start($"{role} {name} ({kind})", command[0], command[1..], directory, isTalkative: true);
    }

    public Task TypeAsync(string command)
    {
        _typed = command;
        return _process.TellAsync(command);
    }

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

    /// <summary>What it shows on a terminal has to be these lines, in this order.</summary>
    public async Task ShouldShowAsync(params string[] lines)
    {
        foreach (var line in lines)
        {
            var shown = "";
            // Each return to the beginning of a line counts as its end: a prompt that stands there is overwritten.
            // What is typed before the program reads is shown twice, by the terminal and then by the program.
            while (shown.Length == 0 || shown == _prompt || shown == _typed)
                shown = Control().Replace(await _process.NextLineAsync(line), "").Split("\e[1G")[^1];
            shown.ShouldBe(line);
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

    [GeneratedRegex(@"\e\[(?!1G)[0-9;?]*[A-Za-z]|\e[=>]", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Control();
}
