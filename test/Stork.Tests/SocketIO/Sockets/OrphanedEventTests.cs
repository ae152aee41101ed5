using System.Collections.Concurrent;
using Stork.SocketIO.Sockets;

namespace Stork.Tests.SocketIO.Sockets;

/// <summary>Events that wait for handlers when their client goes.</summary>
public sealed class OrphanedEventTests
{
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<int> _handled = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task They_are_handled_all_the_same()
    {
        await using var pair = await StartAsync();
        await LeaveAsync(pair);
        _release.SetResult();
        await _ended.Task.Within("the disconnect handler");
        _handled.ShouldBe([0, 1, 2, 3]);
        pair.IO.OrphanedEvents.TryAdd(OrphanedEvents.MaxBytes).ShouldBeTrue("nothing of it is counted any more");
    }

    [Fact]
    public async Task They_are_let_go_at_once_where_too_many_wait_of_clients_that_have_gone()
    {
        await using var pair = await StartAsync();
        pair.IO.OrphanedEvents.TryAdd(OrphanedEvents.MaxBytes).ShouldBeTrue();
        await LeaveAsync(pair);
        (await pair.Log.WaitForAsync(92)).Message.ShouldStartWith("3 events");
        pair.Socket.PendingEvents().ShouldBe(0);
        _release.SetResult();
        await _ended.Task.Within("the disconnect handler");
        _handled.ShouldBe([0]);
    }

    private async Task<Pair> StartAsync()
    {
        var pair = await Pair.ConnectAsync(socket =>
        {
            socket.On("n", async (int number) =>
            {
                _handled.Enqueue(number);
                await _release.Task;
            });
            socket.OnDisconnect(_ => _ended.SetResult());
        });
        await pair.Client.SendAsync([.. Enumerable.Range(0, 4).Select(n => $"42[\"n\",{n}]")]);
        await Waiting.Until(() => pair.Socket.PendingEvents() == 3, "the events waited");
        return pair;
    }

    private static async Task LeaveAsync(Pair pair)
    {
        await pair.Client.DisposeAsync();
        await pair.App.UntilConnections(0);
    }
}
