using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Stork.Tests.Documentation;
using Stork.Tests.Durable.WorkQueues;

namespace Stork.Tests.Hosting;

/// <summary>Alerts rely on the numbers: they may be added to, never changed, and never used again for something else.</summary>
public sealed partial class LogTests
{
    private static readonly (int Id, LogLevel Level, string Name)[] Known =
    [
        (1, LogLevel.Debug, "ConnectionOpened"),
        (2, LogLevel.Debug, "ConnectionClosed"),
        (3, LogLevel.Debug, "Upgraded"),
        (4, LogLevel.Debug, "RequestRefused"),
        (5, LogLevel.Warning, "ConnectionRefused"),
        (6, LogLevel.Information, "ProtocolViolation"),
        (7, LogLevel.Error, "ConnectionFailed"),
        (8, LogLevel.Error, "TimerFailed"),
        (9, LogLevel.Warning, "Stuck"),
        (10, LogLevel.Debug, "SocketConnected"),
        (11, LogLevel.Debug, "SocketDisconnected"),
        (12, LogLevel.Debug, "ConnectRefused"),
        (13, LogLevel.Error, "MiddlewareFailed"),
        (14, LogLevel.Error, "ConnectionHandlerFailed"),
        (15, LogLevel.Error, "AdapterNotStarted"),
        (16, LogLevel.Error, "AdapterFailed"),
        (17, LogLevel.Warning, "ClusterMessageDropped"),
        (18, LogLevel.Warning, "ClusterMessageNotSent"),
        (19, LogLevel.Warning, "ClusterServerGone"),
        (20, LogLevel.Error, "HandlerFailed"),
        (21, LogLevel.Information, "InvalidArguments"),
        (22, LogLevel.Error, "DisconnectHandlerFailed"),
        (23, LogLevel.Error, "ListenerFailed"),
        (24, LogLevel.Error, "RoomListenerFailed"),
        (25, LogLevel.Error, "ServerEventHandlerFailed"),
        (26, LogLevel.Warning, "NoOtherServers"),
        (30, LogLevel.Information, "Mapped"),
        (31, LogLevel.Information, "Stopping"),
        (32, LogLevel.Information, "TakenOver"),
        (33, LogLevel.Information, "NotTakenOver"),
        (40, LogLevel.Error, "IdentityFailed"),
        (41, LogLevel.Warning, "SubscriptionFailed"),
        (42, LogLevel.Error, "InvalidMessage"),
        (43, LogLevel.Error, "DeliveryFailed"),
        (44, LogLevel.Error, "NotStored"),
        (45, LogLevel.Error, "NotRemembered"),
        (50, LogLevel.Information, "RecoveryJournalLoaded"),
        (51, LogLevel.Warning, "RecoveryJournalNotUsed"),
        (52, LogLevel.Error, "RecoveryJournalFailed"),
        (53, LogLevel.Error, "RecoveryFailed"),
        (54, LogLevel.Warning, "DataNotWritten"),
        (55, LogLevel.Debug, "SocketRecovered"),
        (56, LogLevel.Warning, "SharedSessionNotHad"),
        (60, LogLevel.Debug, "Consuming"),
        (61, LogLevel.Error, "NotConsuming"),
        (62, LogLevel.Warning, "Failed"),
        (63, LogLevel.Error, "Rejected"),
        (64, LogLevel.Warning, "LeaseLost"),
        (65, LogLevel.Warning, "NotSettled"),
        (66, LogLevel.Warning, "FailedSettled"),
        (67, LogLevel.Error, "DecisionFailed"),
        (68, LogLevel.Warning, "HandlersLeft"),
        (69, LogLevel.Information, "Administered"),
        (70, LogLevel.Error, "AuthorizationFailed"),
        (71, LogLevel.Information, "InvalidJob"),
        (72, LogLevel.Warning, "NotStored"),
        (73, LogLevel.Information, "ConsumerRefused"),
        (80, LogLevel.Information, "Limits"),
        (81, LogLevel.Warning, "LimitsDoNotFit"),
        (82, LogLevel.Information, "Unlimited"),
        (83, LogLevel.Critical, "StoppingForStore"),
        (84, LogLevel.Error, "StoreFailureNotHandled"),
        (85, LogLevel.Error, "FailedForGood"),
        (90, LogLevel.Information, "InboxWithoutIdentity"),
        (91, LogLevel.Warning, "Unattended"),
        (92, LogLevel.Warning, "EventsDropped"),
        (95, LogLevel.Warning, "HandlerBlocks"),
        (100, LogLevel.Warning, "OriginRefused"),
        (101, LogLevel.Information, "NoHandler"),
        (102, LogLevel.Error, "NoSessionId"),
        (103, LogLevel.Error, "ConnectionErrorListenerFailed"),
        (104, LogLevel.Error, "ConnectionListenerFailed"),
        (120, LogLevel.Information, "LoopsStarted"),
        (121, LogLevel.Warning, "LoopHandedOver"),
        (122, LogLevel.Error, "LoopFailed"),
        (123, LogLevel.Warning, "RequestsBlock"),
        (124, LogLevel.Error, "AcceptPaused"),
        (125, LogLevel.Warning, "AcceptFailed"),
        (126, LogLevel.Error, "ClosedCallbackFailed"),
    ];

    [Fact]
    public void Event_ids_are_stable_and_used_once()
    {
        var declared = typeof(SocketIOServer).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Select(method => (method.Name, Message: method.GetCustomAttribute<LoggerMessageAttribute>()))
            .Where(method => method.Message is not null)
            .Select(method => (method.Message!.EventId, method.Message.Level, method.Name))
            .OrderBy(method => method.EventId);
        declared.ShouldBe(Known);
    }

    [Fact]
    public void The_operations_document_tells_of_each_once_with_its_level()
    {
        var document = File.ReadAllText(Path.Combine(SourceTree.Root, "docs/operations.md"));
        var start = document.IndexOf("Category `Stork`", StringComparison.Ordinal);
        var ofServer = document[start..document.IndexOf("Category `Stork.Queues`", StringComparison.Ordinal)];
        var told = DocumentedEvents().Matches(ofServer).SelectMany(static row =>
        {
            var level = Enum.Parse<LogLevel>(row.Groups["level"].Value);
            return row.Groups["ids"].Value.Split(", ").Select(id => (int.Parse(id, CultureInfo.InvariantCulture), level));
        });
        told.ShouldBe(Known.Select(known => (known.Id, known.Level)));
    }

    [Fact]
    public async Task The_store_logs_in_a_category_of_its_own()
    {
        await using var app = await QueueApp.StartAsync();
        app.Log.Entries.Where(entry => entry.Message.Contains("queue store")).ShouldHaveSingleItem().Category.ShouldBe("Stork.Queues");
    }

    [Fact]
    public async Task Neither_payloads_nor_credentials_are_logged()
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.On("fail", (string _) => throw new InvalidOperationException("no"));
        pair.Socket.On("number", (int n) => n);
        await pair.AskAsync("[\"fail\",\"s3cret\"]");
        await pair.AskAsync("[\"number\",\"s3cret\"]");
        await pair.Client.SendAsync("40/nowhere,{\"token\":\"s3cret\"}");
        await pair.Client.ReceiveAsync();
        await pair.Client.SendAsync("42[\"x\",s3cret]");
        await pair.Client.ReceiveRestAsync();
        await pair.App.UntilConnections(0);
        pair.Log.Entries.Where(entry => entry.Category == "Stork").ShouldAllBe(entry => !entry.Message.Contains("s3cret"));
    }

    [GeneratedRegex(@"^\| (?<ids>[\d, ]+) \| (?<level>\w+) \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex DocumentedEvents();
}
