using Stork.Interop.Tests.Processes;
using Stork.Interop.Tests.Servers;

namespace Stork.Interop.Tests;

/// <summary>A browser, which offers compression with each WebSocket, without being asked.</summary>
public sealed class ChromiumDeflateTests
{
    private const string Chromium = "/usr/bin/chromium";

    private const string Page =
        """
        <script src="/socket.io/socket.io.min.js"></script>
        <script>
          const socket = io({ transports: ["websocket"] });
          const ask = (value) => new Promise((resolve) => socket.emit("ask", value, resolve));
          (async () => {
            const text = JSON.stringify(Array.from({ length: 5000 }, (_, i) => ({ id: i, name: `row ${i}` })));
            let same = true;
            for (let i = 0; i < 20; i++) same &&= (await ask(text + i)) === text + i && (await ask(i)) === i;
            same &&= new Uint8Array(await ask(new Uint8Array(50000).fill(7))).every((byte) => byte === 7);
            socket.emit("report", socket.io.engine.transport.ws.extensions, same);
          })();
        </script>
        """;

    [Theory]
    [InlineData(false, "permessage-deflate; server_no_context_takeover; client_no_context_takeover")]
    [InlineData(true, "permessage-deflate")]
    public async Task A_browser_and_the_server_compress_for_each_other(bool takesOver, string agreed)
    {
        Assert.SkipUnless(File.Exists(Chromium), "Needs Chromium.");
        var reports = new Observations<(string Extensions, bool Same)>();
        await using var server = await TestServer.StartAsync(
            io => io.OnConnection(socket =>
            {
                socket.On("ask", (EventArguments arguments, Acknowledgement answer) => answer.SendAsync(arguments));
                socket.On("report", (string extensions, bool same) => reports.Add((extensions, same)));
            }),
            options => options.PerMessageDeflate = new PerMessageDeflateOptions
            {
                ServerContextTakeover = takesOver,
                ClientContextTakeover = takesOver,
            },
            page: Page);
        using var http = new HttpClient { BaseAddress = server.Url };
        using var client = await http.GetAsync("/socket.io/socket.io.min.js");
        Assert.SkipUnless(client.IsSuccessStatusCode, "Stork was built without the client files; build it with npm at hand.");
        var profile = Directory.CreateTempSubdirectory("stork-chromium-");
        try
        {
            await using var browser = ChildProcess.Start(
                "Chromium",
                Chromium,
                [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                    $"--user-data-dir={profile.FullName}", server.Url.ToString(),
                ]);

            (await reports.NextAsync("the page's report")).ShouldBe((agreed, true));
        }
        finally
        {
            try
            {
                profile.Delete(recursive: true);
            }
            catch (IOException)
            {
                // A process of the browser that is still ending has written something more.
            }
        }

        server.Log.Errors.ShouldBeEmpty();
    }
}
