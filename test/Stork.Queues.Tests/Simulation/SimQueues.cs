using Stork.Queues.State;

namespace Stork.Queues.Tests.Simulation;

/// <summary>The queues of a simulated world: between them they use what queues can be told to do.</summary>
internal static class SimQueues
{
    /// <summary>The most messages of the queue "prio" that may be out at once.</summary>
    public const int MostOfPrio = 3;

    public static readonly string[] Works = ["work", "keys", "small", "strict", "prio"];
    public static readonly string[] Inboxes = ["user:1", "user:2", "user:3", "devices", "active"];

    public static QueueOptions? Configure(QueueKind kind, string name) => name switch
    {
        "small" => QueueOptions.Work with
        {
            MaxMessages = 5,
            Overflow = Overflow.DropHead,
            MaxFailures = 2,
            Backoff = TimeSpan.FromMilliseconds(50),
        },
        "strict" => QueueOptions.Work with
        {
            Order = DeliveryOrder.Strict,
            MaxFailures = 2,
            Backoff = TimeSpan.FromMilliseconds(200),
            AckTimeout = TimeSpan.FromSeconds(5),
        },
        "devices" => QueueOptions.Inbox with
        {
            Fanout = Fanout.PerDevice,
            TimeToLive = null,
            AckTimeout = TimeSpan.FromSeconds(5),
            RemoveIdleDeviceAfter = TimeSpan.FromSeconds(20),
            Retention = TimeSpan.FromSeconds(10),
        },
        "user:3" =>
            QueueOptions.Inbox with { TimeToLive = null, AckTimeout = TimeSpan.FromSeconds(5), RemoveIdleAfter = TimeSpan.FromSeconds(2) },
        "prio" => QueueOptions.Work with
        {
            MaxConcurrency = MostOfPrio,
            MaxPerSecond = 200,
            MaxFailures = 3,
            AckTimeout = TimeSpan.FromSeconds(5),
            Backoff = TimeSpan.FromMilliseconds(100),
        },
        "work" => QueueOptions.Work with
        {
            MaxFailures = 3,
            AckTimeout = TimeSpan.FromSeconds(5),
            Backoff = TimeSpan.FromMilliseconds(100),
            Breaker = new CircuitBreaker { SampleSize = 6, FailureRate = 0.5, Break = TimeSpan.FromSeconds(1) },
        },
        "active" => QueueOptions.Inbox with { Fanout = Fanout.ActiveDevice, TimeToLive = null, DisconnectGrace = TimeSpan.FromSeconds(2) },
        "user:2" => QueueOptions.Inbox with { TimeToLive = null, Retention = TimeSpan.FromSeconds(20), MaxFailures = 3 },
        _ when kind == QueueKind.Inbox => QueueOptions.Inbox with { TimeToLive = null, AckTimeout = TimeSpan.FromSeconds(5) },
        _ when kind == QueueKind.Work =>
            QueueOptions.Work with { MaxFailures = 3, AckTimeout = TimeSpan.FromSeconds(5), Backoff = TimeSpan.FromMilliseconds(100) },
        _ => null,
    };

    public static QueueAddress Address(string queue) => new(Works.Contains(queue) ? QueueKind.Work : QueueKind.Inbox, queue);

    /// <summary>Whether a message goes to one consumer alone.</summary>
    public static bool Competes(string queue) => queue is not ("user:1" or "user:2" or "user:3" or "devices");
}
