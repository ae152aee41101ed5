using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Stork.Interop.Tests.Inboxes;
using Stork.Interop.Tests.Processes;
using Stork.Interop.Tests.Wire;
using Stork.Queues.Tests.Faults;

namespace Stork.Interop.Tests.Faults;

/// <summary>A server whose machine really lacks something.</summary>
public sealed class FaultTests
{
    private const int Descriptors = 400;
    private const string WebSocket = "/socket.io/?EIO=4&transport=websocket";

    [Fact]
    public async Task Connections_at_the_limit_are_refused_and_the_store_works()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs ulimit");
        // The hard limit too, for the runtime raises the soft one to it.
        await using var server = new DurableServer("faults")
        {
            Launcher = ["/bin/sh", "-c", string.Create(CultureInfo.InvariantCulture, $"ulimit -n {Descriptors}; exec \"$@\""), "sh"],
        };
        await server.StartAsync();
        using var http = new HttpClient { BaseAddress = server.Url };
        await HandInAsync(http, "first");
        var held = new List<WireWebSocket>();
        try
        {
            string head = "";
            while (held.Count < Descriptors)
            {
                var (socket, answer, _) = await WireWebSocket.TryOpenAsync(server.Url, WebSocket);
                held.Add(socket);
                if (answer.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal))
                {
                    await socket.SendAsync("40");
                    continue;
                }

                head = answer;
                break;
            }

            head.ShouldStartWith("HTTP/1.1 503 ", customMessage: $"after {held.Count} connections");
            held.Count.ShouldBeInRange(10, Descriptors / 2);
            for (var i = 0; i < 30; i++)
                await HandInAsync(http, [.. Enumerable.Range(0, 100).Select(n => $"{i}-{n}-{new string('x', 2000)}")]);
        }
        finally
        {
            foreach (var socket in held) await socket.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_failed_sync_ends_the_server_with_an_exit_code_and_loses_nothing_it_told()
    {
        var shim = await Preload.BuildAsync(Directory.CreateTempSubdirectory("stork-shim-").FullName, """
            #include <errno.h>
            #include <stdlib.h>
            #include <sys/syscall.h>
            #include <unistd.h>
            static int left = 40;
            int fdatasync(int fd) {
                if (left-- <= 0) { errno = EIO; return -1; }
                return (int)syscall(SYS_fdatasync, fd);
            }
            """);
        await using var server = new DurableServer("faults") { Launcher = ["env", $"LD_PRELOAD={shim}"] };
        await server.StartAsync();
        var told = 0;
        using (var http = new HttpClient { BaseAddress = server.Url })
        {
            var refused = false;
            for (var i = 0; i < 1000 && !refused; i++)
            {
                try
                {
                    refused = !(await http.PostAsJsonAsync(new Uri("jobs", UriKind.Relative), new[] { $"{i}" })).IsSuccessStatusCode;
                    if (!refused) told++;
                }
                catch (HttpRequestException)
                {
                    refused = true;
                }
            }

            refused.ShouldBeTrue("nothing is told without a sync");
        }

        (await server.ExitAsync()).ShouldBe(74);
        server.Launcher = [];
        await server.StartAsync();
        using var later = new HttpClient { BaseAddress = server.Url };
        var statistics = JsonElement.Parse(await later.GetStringAsync(new Uri("jobs", UriKind.Relative)));
        statistics.GetProperty("enqueued").GetInt64().ShouldBeGreaterThanOrEqualTo(told);
    }

    [Fact]
    public async Task A_sync_that_does_not_return_is_degraded_and_then_unhealthy()
    {
        var shim = await Preload.BuildAsync(Directory.CreateTempSubdirectory("stork-shim-").FullName, """
            #include <stdlib.h>
            #include <sys/syscall.h>
            #include <unistd.h>
            int fdatasync(int fd) {
                const char *stop = getenv("STORK_STOP");
                while (access(stop, F_OK) == 0) usleep(10000);
                return (int)syscall(SYS_fdatasync, fd);
            }
            """);
        var stop = Path.Combine(Path.GetDirectoryName(shim)!, "stop");
        await using var server = new DurableServer("faults") { Launcher = ["env", $"LD_PRELOAD={shim}", $"STORK_STOP={stop}"] };
        await server.StartAsync();
        using var http = new HttpClient { BaseAddress = server.Url };
        (await http.GetStringAsync(new Uri("health", UriKind.Relative))).ShouldBe("Healthy");
        await File.WriteAllTextAsync(stop, "");
        var stuck = HandInAsync(http, "stuck");
        try
        {
            await Waiting(async () => await HealthAsync() == "Degraded", "the health check to be degraded");
            await Waiting(async () => await HealthAsync() == "Unhealthy", "the health check to be unhealthy");
        }
        finally
        {
            File.Delete(stop);
        }

        await stuck;
        await Waiting(async () => await HealthAsync() == "Healthy", "the health check to be healthy again");

        async Task<string> HealthAsync()
        {
            using var answer = await http.GetAsync(new Uri("health", UriKind.Relative));
            answer.StatusCode.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable);
            return await answer.Content.ReadAsStringAsync();
        }
    }

    private static async Task HandInAsync(HttpClient http, params string[] jobs) =>
        (await http.PostAsJsonAsync(new Uri("jobs", UriKind.Relative), jobs).Within("the jobs to be stored")).EnsureSuccessStatusCode();

    private static async Task Waiting(Func<Task<bool>> condition, string awaited)
    {
        async Task PollAsync()
        {
            while (!await condition()) await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        await PollAsync().Within(awaited);
    }
}
