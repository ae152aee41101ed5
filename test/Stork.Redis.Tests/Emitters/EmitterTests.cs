using StackExchange.Redis;
using Stork.Interop.Tests;
using Stork.Redis.Tests.Servers;
using ChildProcess = Stork.Interop.Tests.Processes.ChildProcess;

namespace Stork.Redis.Tests.Emitters;

public sealed class EmitterTests
{
    private const string Key = "k";

    [Fact]
    public async Task It_runs_in_a_console_program_without_AspNetCore()
    {
        var host = AssemblyMetadata.Get("EmitterHost");
        var runtime = await File.ReadAllTextAsync(Path.ChangeExtension(host, ".runtimeconfig.json"), TestContext.Current.CancellationToken);
        runtime.ShouldNotContain("AspNetCore");
        await using var redis = await RedisServer.StartAsync();
        await using var stork = await StorkMember.StartAsync(redis.Configuration, Key);
        await using var client = await Client.ConnectAsync(stork.Url);
        await using var process = ChildProcess.Start("the emitter", "dotnet", [host, redis.Configuration, Key]);
        await client.ShouldReceiveText("""451-["emitted",{"_placeholder":true,"num":0},{"id":7}]""");
        await client.ShouldReceiveText("bAQID");
        await client.ShouldReceive("""["joined"]""", """["still here"]""");
        await client.ShouldReceiveText("41");
        await process.CompleteAsync();
        await Waiting.UntilAsync(async () => (await stork.SeenAsync()).Contains("[1,2]"), "the server had heard it");
    }

    [Fact]
    public async Task Over_a_connection_of_the_application_it_leaves_it_open()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        var emitter = new RedisEmitter(connection);
        await emitter.EmitAsync("to nobody");
        await emitter.DisposeAsync();
        connection.IsConnected.ShouldBeTrue();
    }

    [Fact]
    public async Task Its_own_connection_it_closes()
    {
        await using var redis = await RedisServer.StartAsync();
        var emitter = await RedisEmitter.ConnectAsync(redis.Configuration);
        await emitter.Of("/chat").DisposeAsync();
        await emitter.EmitAsync("to nobody");
        await emitter.DisposeAsync();
        await Should.ThrowAsync<ObjectDisposedException>(async () => await emitter.EmitAsync("too late"));
    }

    [Fact]
    public async Task Each_thread_keeps_its_order()
    {
        const int Threads = 4;
        const int Events = 250;
        await using var redis = await RedisServer.StartAsync();
        await using var stork = await StorkMember.StartAsync(redis.Configuration, Key);
        await using var client = await Client.ConnectAsync(stork.Url);
        await using var emitter = await RedisEmitter.ConnectAsync(redis.Configuration, new RedisEmitterOptions { KeyPrefix = Key });
        var emitting = Enumerable.Range(0, Threads).Select(thread => Task.Run(async () =>
        {
            var sent = Enumerable.Range(0, Events).Select(number => emitter.In(client.Id).EmitAsync("count", thread, number).AsTask());
            await Task.WhenAll([.. sent]);
        }));
        await Task.WhenAll(emitting).Within("the events to be sent");
        var next = new int[Threads];
        for (var i = 0; i < Threads * Events; i++)
        {
            var packet = await client.ReceiveAsync();
            var thread = packet["42[\"count\",".Length] - '0';
            packet.ShouldBe($"42[\"count\",{thread},{next[thread]++}]");
        }
    }

    [Fact]
    public async Task What_Redis_does_not_take_throws_and_when_it_is_back_all_goes_on()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var emitter = await RedisEmitter.ConnectAsync($"{redis.Configuration},asyncTimeout=3000");
        await redis.KillAsync();
        var failure = await Should.ThrowAsync<Exception>(async () => await emitter.EmitAsync("lost"));
        (failure is RedisException or TimeoutException).ShouldBeTrue(failure.ToString());
        await redis.StartAgainAsync();
        await Waiting.UntilAsync(IsTakenAsync, "Redis took events again");

        async Task<bool> IsTakenAsync()
        {
            try
            {
                await emitter.EmitAsync("tried");
                return true;
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task No_more_are_on_their_way_than_allowed()
    {
        await using var redis = await RedisServer.StartAsync();
        var options = new RedisEmitterOptions { MaxPendingMessages = 2 };
        await using var emitter = await RedisEmitter.ConnectAsync($"{redis.Configuration},asyncTimeout=60000", options);
        await redis.SuspendAsync();
        var (first, second) = (emitter.EmitAsync("1").AsTask(), emitter.Of("/chat").SocketsJoinAsync("2").AsTask());
        var refused = await Should.ThrowAsync<InvalidOperationException>(async () => await emitter.EmitAsync("3"));
        refused.Message.ShouldContain("RedisEmitterOptions.MaxPendingMessages");
        await redis.ResumeAsync();
        await Task.WhenAll(first, second).Within("the others");
        await emitter.EmitAsync("4");
    }

    [Theory]
    [InlineData("connect")]
    [InlineData("disconnect")]
    public async Task Reserved_names_are_refused(string name)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var emitter = await RedisEmitter.ConnectAsync(redis.Configuration);
        await Should.ThrowAsync<ArgumentException>(async () => await emitter.EmitAsync(name));
        await Should.ThrowAsync<ArgumentException>(async () => await emitter.ServerSideEmitAsync("new_namespace"));
    }

    [Fact]
    public async Task What_clients_could_not_take_is_refused()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var emitter = await RedisEmitter.ConnectAsync(redis.Configuration, new RedisEmitterOptions { MaxAttachments = 1 });
        object[] two = [new byte[] { 1 }, new byte[] { 2 }];
        await Should.ThrowAsync<ArgumentException>(async () => await emitter.EmitAsync("two", two));
        await emitter.EmitAsync("one", [1]);
    }

    [Fact]
    public async Task A_room_is_a_text()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var emitter = await RedisEmitter.ConnectAsync(redis.Configuration);
        Should.Throw<ArgumentNullException>(() => emitter.To("one", null!));
        Should.Throw<ArgumentNullException>(() => emitter.Except(null!, "one"));
    }

    public static TheoryData<RedisEmitterOptions> BadOptions =>
    [
        new RedisEmitterOptions { KeyPrefix = "" },
        new RedisEmitterOptions { KeyPrefix = new string('x', 129) },
        new RedisEmitterOptions { MaxAttachments = -1 },
        new RedisEmitterOptions { MaxPendingMessages = 0 },
    ];

    [Theory]
    [MemberData(nameof(BadOptions))]
    public async Task Options_out_of_their_range_are_refused(RedisEmitterOptions options)
    {
        await using var redis = await RedisServer.StartAsync();
        var refused = await Should.ThrowAsync<ArgumentException>(() => RedisEmitter.ConnectAsync(redis.Configuration, options));
        refused.Message.ShouldContain("out of its range");
    }
}
