using Stork.Queues.Bench.Peers;

namespace Stork.Queues.Bench.Compare;

/// <summary>Something that all peers are asked.</summary>
/// <param name="Name">How it is chosen and found in the results.</param>
/// <param name="Title">How it is called in the report.</param>
/// <param name="Workload">How much of it.</param>
/// <param name="Cycles">Whether messages are delivered and settled too.</param>
internal sealed record Scenario(string Name, string Title, Workload Workload, bool Cycles)
{
    private const int Messages = 200_000;
    private const int Inboxes = 100_000;

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("enqueue-work", "Enqueue into one work queue", new Workload { Messages = Messages, Inboxes = 1 }, Cycles: false),
        new("enqueue-inboxes", "Enqueue into 100,000 inboxes", new Workload { Messages = Messages, Inboxes = Inboxes }, Cycles: false),
        new("cycles-work", "Enqueue, deliver, acknowledge: one work queue",
            new Workload { Messages = Messages, Inboxes = 1 }, Cycles: true),
        new("cycles-inboxes", "Enqueue, deliver, acknowledge: 100,000 inboxes",
            new Workload { Messages = Messages, Inboxes = Inboxes }, Cycles: true),
    ];

    /// <summary>The same with less to do.</summary>
    public Scenario Scaled(double scale) => this with
    {
        Workload = Workload with { Messages = Math.Max(Workload.Batch, (int)(Workload.Messages * scale)) },
    };
}
