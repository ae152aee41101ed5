using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Stork.Tests.Hosting;

public sealed class OptionsTests
{
    private static readonly (string Option, Action<SocketIOOptions> Set)[] Wrong =
    [
        ("Path", options => options.Path = ""),
        ("Path", options => options.Path = "/"),
        ("Path", options => options.Path = "socket.io"),
        ("Path", options => options.Path = "/socket.io/"),
        ("Path", options => options.Path = "/socket.io?x=1"),
        ("Path", options => options.Path = "/{tenant}/socket.io"),
        ("Transports", options => options.Transports = SocketIOTransports.None),
        ("Transports", options => options.Transports = (SocketIOTransports)12),
        ("PingInterval", options => options.PingInterval = TimeSpan.FromMilliseconds(49)),
        ("PingInterval", options => options.PingInterval = TimeSpan.FromDays(2)),
        ("PingInterval", options => options.PingInterval = Timeout.InfiniteTimeSpan),
        ("PingTimeout", options => options.PingTimeout = TimeSpan.Zero),
        ("UpgradeTimeout", options => options.UpgradeTimeout = TimeSpan.Zero),
        ("ConnectTimeout", options => options.ConnectTimeout = TimeSpan.MaxValue),
        ("MaxHttpBufferSize", options => options.MaxHttpBufferSize = 1023),
        ("MaxHttpBufferSize", options => options.MaxHttpBufferSize = int.MaxValue),
        ("MaxPacketSize", options => options.MaxPacketSize = 0),
        ("MaxOutputBufferSize", options => options.MaxOutputBufferSize = -1),
        ("HttpCompressionThreshold", options => options.HttpCompressionThreshold = -1),
        ("PerMessageDeflate.Threshold", options => options.PerMessageDeflate = new() { Threshold = -1 }),
        ("PerMessageDeflate.ServerMaxWindowBits", options => options.PerMessageDeflate = new() { ServerMaxWindowBits = 8 }),
        ("PerMessageDeflate.ClientMaxWindowBits", options => options.PerMessageDeflate = new() { ClientMaxWindowBits = 16 }),
        ("MaxConnections", options => options.MaxConnections = 0),
        ("MaxDynamicNamespaces", options => options.MaxDynamicNamespaces = -1),
        ("MaxNamespacesPerConnection", options => options.MaxNamespacesPerConnection = 0),
        ("MaxRoomsPerSocket", options => options.MaxRoomsPerSocket = -1),
        ("MaxRoomBytesPerSocket", options => options.MaxRoomBytesPerSocket = 1023),
        ("MaxRoomBytes", options => options.MaxRoomBytes = 1023),
        ("MaxPendingAcks", options => options.MaxPendingAcks = 0),
        ("MaxConcurrentHandlers", options => options.MaxConcurrentHandlers = 0),
        ("MaxConcurrentHandlers", options => options.MaxConcurrentHandlers = 10_001),
        ("MaxPendingEvents", options => options.MaxPendingEvents = 0),
        ("MaxInputBufferSize", options => options.MaxInputBufferSize = 1023),
        ("MaxAttachments", options => options.MaxAttachments = -1),
        ("MaxAttachments", options => options.MaxAttachments = 10_001),
        ("MaxJsonDepth", options => options.MaxJsonDepth = 0),
        ("MaxJsonDepth", options => options.MaxJsonDepth = 1_001),
        ("SlowReaderPolicy", options => options.SlowReaderPolicy = (SlowReaderPolicy)99),
        ("FailedHandlerPolicy", options => options.FailedHandlerPolicy = (FailedHandlerPolicy)(-1)),
        ("Cookie", options => options.Cookie = new CookieBuilder()),
        ("InboxQueue", options => options.InboxQueue = Stork.Queues.QueueOptions.Inbox with { MaxMessages = 0 }),
        ("ConfigureQueue(\"jobs\"): MaxFailures", options => options.ConfigureQueue("jobs", queue => queue with { MaxFailures = 1001 })),
        ("ConfigureQueue(\"jobs\"): MaxMessages and MaxBytes",
            options => options.ConfigureQueue("jobs", queue => queue with { MaxMessages = 0 })),
        ("ConfigureQueue(\"jobs\"): Order, Fanout and",
            options => options.ConfigureQueue("jobs", queue => queue with { Overflow = (Stork.Queues.Overflow)9 })),
        ("ConfigureQueue(\"jobs\"): it returned no", options => options.ConfigureQueue("jobs", _ => null!)),
        ("ConfigureQueue(\"jobs\"): it failed with", options => options.ConfigureQueue("jobs", _ => throw new FormatException())),
    ];

    public static TheoryData<int, string> Cases
    {
        get
        {
            var cases = new TheoryData<int, string>();
            for (var i = 0; i < Wrong.Length; i++) cases.Add(i, Wrong[i].Option);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_could_not_work_is_refused_at_start_by_name(int index, string option)
    {
        var refused = await Should.ThrowAsync<OptionsValidationException>(StorkApp.StartAsync(Wrong[index].Set));
        refused.Message.ShouldContain($"SocketIOOptions.{option} ");
    }

    [Fact]
    public async Task All_faults_are_named_at_once()
    {
        var refused = await Should.ThrowAsync<OptionsValidationException>(StorkApp.StartAsync(options =>
        {
            options.Path = "";
            options.MaxConnections = 0;
            options.PingTimeout = TimeSpan.Zero;
        }));
        refused.Failures.Count().ShouldBe(3);
    }

    [Fact]
    public async Task Wrong_options_stop_the_application_even_if_nothing_is_mapped()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSocketIO(options => options.MaxConnections = 0);
        await using var app = builder.Build();
        await Should.ThrowAsync<OptionsValidationException>(app.StartAsync());
    }

    [Fact]
    public async Task The_defaults_and_the_limits_themselves_are_accepted()
    {
        await using var app = await StorkApp.StartAsync(options =>
        {
            options.Path = "/a/b-c.d_e";
            options.PingInterval = TimeSpan.FromMilliseconds(50);
            options.PingTimeout = TimeSpan.FromDays(1);
            options.MaxHttpBufferSize = 1024;
            options.MaxDynamicNamespaces = 0;
            options.MaxRoomsPerSocket = 0;
            options.MaxAttachments = 0;
            options.MaxJsonDepth = 1;
        });
        (await app.Http.GetStringAsync("/a/b-c.d_e/?EIO=4&transport=polling").Within("the handshake")).ShouldStartWith("0{");
    }

    [Fact]
    public void The_defaults_are_the_originals()
    {
        var options = new SocketIOOptions();
        options.ShouldSatisfyAllConditions(
            () => options.Path.ShouldBe("/socket.io"),
            () => options.PingInterval.ShouldBe(TimeSpan.FromSeconds(25)),
            () => options.PingTimeout.ShouldBe(TimeSpan.FromSeconds(20)),
            () => options.UpgradeTimeout.ShouldBe(TimeSpan.FromSeconds(10)),
            () => options.ConnectTimeout.ShouldBe(TimeSpan.FromSeconds(45)),
            () => options.MaxHttpBufferSize.ShouldBe(1_000_000),
            () => options.MaxAttachments.ShouldBe(10),
            () => options.HttpCompressionThreshold.ShouldBe(1024),
            () => options.PerMessageDeflate.ShouldBeNull(),
            () => new PerMessageDeflateOptions().Threshold.ShouldBe(1024),
            () => new PerMessageDeflateOptions().ServerContextTakeover.ShouldBeFalse(),
            () => new PerMessageDeflateOptions().ClientContextTakeover.ShouldBeFalse(),
            () => new PerMessageDeflateOptions().ServerMaxWindowBits.ShouldBe(15),
            () => new PerMessageDeflateOptions().ClientMaxWindowBits.ShouldBe(15),
            () => options.Transports.ShouldBe(SocketIOTransports.All),
            () => (options.AllowUpgrades, options.AddTrailingSlash, options.ServeClient, options.HttpCompression, options.CheckOrigin)
                .ShouldBe((true, true, true, true, true)));
    }

    [Fact]
    public async Task Later_changes_have_no_effect()
    {
        SocketIOOptions? kept = null;
        await using var app = await StorkApp.StartAsync(options => kept = options);
        kept!.MaxHttpBufferSize = 5_000;
        kept.PingInterval = TimeSpan.FromSeconds(1);
        var handshake = await app.Http.GetStringAsync("/socket.io/?EIO=4&transport=polling");
        handshake.ShouldContain("\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000");
    }
}
