using System.Diagnostics;
using Stork.Bench;
using Stork.Bench.Load;
using Stork.Bench.Measures;
using Stork.Messages.Bench.Contests;

namespace Stork.Messages.Bench.Stork;

/// <summary>Inboxes under a moderate load: how long a message takes, and how that is spread.</summary>
/// <param name="durability">When an emit is stored; null: an ordinary emit to the same clients, without an inbox and without an acknowledgement.</param>
internal sealed class ModerateNotes(string? durability) : IContender
{
    private const int Users = 100;
    private const int Senders = 1;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public string Name => durability is null ? "ordinary emit, volatile" : $"inbox, {durability}";

    public bool Synced => durability is "Fsync";

    public string Shape => durability is null
        ? "io.To(user).EmitAsync: nothing is stored, nothing acknowledged"
        : $"Durability.{durability}, otherwise default options; io.Inbox(user).EmitAsync, and an acknowledgement from the client";

    public Task<Sample> RunAsync(Place place)
    {
        using var server = MessagesServer.Start(place, durability ?? "memory");
        try
        {
            return Task.FromResult(Run(server.Id, server.Port, place));
        }
        catch (BenchmarkException failure)
        {
            throw new BenchmarkException($"{failure.Message}\n{server.LastLines()}");
        }
    }

    private Sample Run(int server, int port, Place place)
    {
        var conversation = new NoteConversation(Users, Senders, isSettlementAsked: durability is not null);
        using var loop = new LoadLoop(port, conversation);
        loop.Open(Senders + Users);
        loop.PressUntil(static () => false, place.WarmUp, Pace());

        var allocated = conversation.Allocated(loop);
        conversation.Received.Clear();
        conversation.Settled.Clear();
        var before = CpuTimes.Read(server, loop.Idle);
        loop.PressUntil(static () => false, TimeSpan.FromSeconds(2 * place.Measure.TotalSeconds), Pace());
        var count = conversation.Received.Count;
        var after = CpuTimes.Read(server, loop.Idle);
        var received = conversation.Received;
        allocated = conversation.Allocated(loop) - allocated;
        var load = after.Since(before, count).ToDictionary();
        var figures = new List<KeyValuePair<Metric, double>>
        {
            new(Figures.Median, received.Percentile(0.50)),
            new(Figures.Ninety, received.Percentile(0.90)),
            new(Figures.Tail, received.Percentile(0.99)),
            new(Figures.FarTail, received.Percentile(0.999)),
            new(Figures.ServerCpu, load[Metric.ServerCost]),
            new(Figures.Allocated, (double)allocated / count),
        };
        if (durability is not null)
        {
            figures.Add(new(Figures.SettledMedian, conversation.Settled.Percentile(0.50)));
            figures.Add(new(Figures.SettledTail, conversation.Settled.Percentile(0.99)));
        }

        figures.AddRange(received.Bars());
        if (!loop.PressUntil(() => conversation.UnderWay == 0, s_patience)) throw new BenchmarkException($"{conversation.UnderWay} messages did not come");
        if (durability is not null) conversation.CheckNothingIsLeft(loop);
        return new Sample(figures);

        Action<long> Pace()
        {
            var (started, sent) = (Stopwatch.GetTimestamp(), 0);
            return now =>
            {
                for (var due = (int)(Stopwatch.GetElapsedTime(started, now).TotalSeconds * Load.ModerateRate); sent < due; sent++)
                    conversation.Ask(loop, 1, durability is null ? "emit volatile" : "emit");
            };
        }
    }
}
