using System.Text.Json;
using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Processes;

namespace Stork.Interop.Tests.Conformance;

/// <summary>engine.io-client against the role <c>eio</c>.</summary>
public sealed class EngineClientTests(PatientEngineHost host) : IClassFixture<PatientEngineHost>
{
    [Theory]
    [CombinatorialOfClients]
    public async Task The_engine_client_gets_everything_back_in_order(string version, string transports)
    {
        var echoed = await EchoAsync(version, transports, "{}");
        // Before an upgrade it may have come by polling.
        if (transports == "websocket") echoed.GetProperty("binaryFrames").GetInt32().ShouldBe(1);
    }

    [Theory]
    [CombinatorialOfClients]
    public async Task One_that_wants_base64_gets_the_same_as_text(string version, string transports)
    {
        var echoed = await EchoAsync(version, transports, """{ "forceBase64": true }""");
        echoed.GetProperty("binaryFrames").GetInt32().ShouldBe(0);
    }
    [Fact]
    public async Task An_unknown_role_is_refused_with_a_word_about_the_known_ones()
    {
        await using var process = ChildProcess.Start(
            "conformance-host nonsense", "dotnet", [AssemblyMetadata.Get("ConformanceHost"), "nonsense", "1"]);
        var failure = await Should.ThrowAsync<InvalidOperationException>(process.CompleteAsync());
        failure.Message.ShouldContain("exit code 2");
        failure.Message.ShouldContain("there are: eio, sio");
    }

    private async Task<JsonElement> EchoAsync(string version, string transports, string options)
    {
        await NodePackages.RequireAsync();
        await using var client = ChildProcess.Start(
            $"engine.io-client ({version}, {transports})",
            "node",
            ["engine/echo.mjs", host.Url.ToString(), version, transports, options],
            NodePackages.Directory);

        (await client.NextAsync("open")).GetProperty("id").GetString()!.Length.ShouldBe(20);
        var echoed = await client.NextAsync("echoed");
        var received = echoed.GetProperty("received").EnumerateArray().Select(message => message.ToString()).ToArray();
        received.ShouldBe(["héllo €", "[0,1,127,128,255]", .. Enumerable.Range(0, 200).Select(number => $"{number}")]);
        echoed.GetProperty("transport").GetString().ShouldBe(transports.Split(',')[^1]);
        (await client.NextAsync("closed")).GetProperty("reason").GetString().ShouldBe("forced close");
        await client.CompleteAsync();
        return echoed;
    }
}
