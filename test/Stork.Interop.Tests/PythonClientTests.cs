using System.Diagnostics;
using System.Text.Json;
using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Processes;
using Stork.Interop.Tests.Servers;

namespace Stork.Interop.Tests;

/// <summary>python-socketio, as the distribution has it.</summary>
public sealed class PythonClientTests
{
    /// <summary>The distribution's interpreter: packages of the distribution are found by no other.</summary>
    internal const string Python = "/usr/bin/python3";

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task Events_answers_and_binary_go_both_ways(string transport)
    {
        await RequireAsync();
        var answers = new Observations<string?>();
        await using var server = await TestServer.StartAsync(io =>
        {
            io.OnConnection(socket =>
            {
                socket.On("sum", (int a, int b) => a + b);
                socket.On("echo", (byte[] data) => data);
                socket.On("fail", (string _) => throw new AcknowledgementException("no", "Not today."));
                socket.On("ask me", (string text) => AskAsync(socket, text));
                socket.On("send binary", (JsonElement _, EventArguments received) =>
                    socket.EmitAsync("binary", new { bytes = received.Attachments[0].ToArray() }, "done"));
            });
            io.Of("/other").OnConnection(socket => socket.EmitAsync("welcome", socket.Handshake.Auth).AsTask());
        });
        await using var script = ChildProcess.Start(
            $"python-socketio ({transport})", Python, ["python/events.py", server.Url.ToString(), transport], NodePackages.Directory);

        (await script.NextAsync("connected")).GetProperty("transport").GetString().ShouldBe(transport);
        (await script.NextAsync("typed")).GetProperty("answer").GetInt32().ShouldBe(5);
        (await script.NextAsync("echoed")).GetProperty("answer").ToString().Replace(" ", "").ShouldBe("[0,1,255]");
        (await script.NextAsync("refused")).GetProperty("answer").GetProperty("code").GetString().ShouldBe("no");
        var received = new Dictionary<string, string>();
        for (var count = 0; count < 3; count++)
        {
            var next = await script.NextAsync("received");
            received.Add(next.GetProperty("kind").GetString()!, next.GetProperty("values").ToString().Replace(" ", ""));
        }

        received["welcome"].ShouldBe("""[{"token":"secret"}]""");
        received["question"].ShouldBe("""["why"]""");
        received["binary"].ShouldBe("""[[7,8],"done"]""");
        (await answers.NextAsync("the client's answer")).ShouldBe("answer to why");
        await script.CompleteAsync();
        server.Log.Errors.ShouldBeEmpty();

        async Task AskAsync(Socket socket, string text) => answers.Add(await socket.EmitWithAckAsync<string>("question", text));
    }

    internal static async Task RequireAsync()
    {
        const string Reason = "Needs python3-socketio with requests and websocket-client, as the distribution has them.";
        if (!File.Exists(Python)) Assert.Skip(Reason);
        using var probe = Process.Start(new ProcessStartInfo(Python, ["-c", "import socketio, requests, websocket"])
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        await probe.WaitForExitAsync().Within("python3 to tell what it has");
        if (probe.ExitCode != 0) Assert.Skip(Reason);
    }
}
