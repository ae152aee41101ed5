using System.Collections.Concurrent;

namespace Stork.SocketIO.Clustering;

/// <summary>Does what messages of other servers ask for, on the thread that brings them, so that those of one server keep their
/// order.</summary>
internal sealed class ClusterReceiver(ClusterAdapter adapter, ClusterOutbox outbox, PendingRequests requests, ClusterReports reports)
{
    /// <summary>Answers of clients are passed on for so long at most, whatever the other server says.</summary>
    private static readonly TimeSpan LongestRelay = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<AcknowledgementRelay, bool> _relays = [];
    private int _beingAnswered;

    public string ServerId => adapter.ServerId;

    private Namespace Namespace => adapter.Namespace;

    /// <summary>Handles what is no matter of membership.</summary>
    /// <exception cref="FormatException">Clients could not take what it carries.</exception>
    public void Handle(ClusterMessage message)
    {
        switch (message)
        {
            case ClusterBroadcast { RequestId: { } requestId, IsFromServer: true } broadcast:
                Ask(broadcast, requestId);
                break;
            case ClusterBroadcast broadcast:
                Observe(Namespace.Deliver(broadcast.Event, HereOnly(broadcast.Options)));
                break;
            case ClusterJoin join:
                Observe(adapter.AddSocketsAsync(HereOnly(join.Options), join.Rooms));
                break;
            case ClusterLeave leave:
                Observe(adapter.RemoveSocketsAsync(HereOnly(leave.Options), leave.Rooms));
                break;
            case ClusterDisconnect disconnect:
                Observe(adapter.DisconnectSocketsAsync(HereOnly(disconnect.Options), disconnect.Close));
                break;
            case ClusterFetchSockets { IsFromServer: true } fetch:
                Observe(AnswerAsync(fetch));
                break;
            case ClusterServerEvent serverEvent:
                if (TryBegin()) Observe(AnswerAsync(serverEvent));
                break;
            case ClusterSocketsFetched { RequestId: var requestId }:
                requests.Answer(requestId, message);
                break;
            case ClusterServerAnswer { RequestId: var requestId }:
                requests.Answer(requestId, message);
                break;
            case ClusterClientCount { RequestId: var requestId }:
                requests.Answer(requestId, message);
                break;
            case ClusterClientAnswer { RequestId: var requestId }:
                requests.Answer(requestId, message);
                break;
        }
    }

    public void Respond(string to, ClusterMessage response) => _ = outbox.SendAsync(response, to);

    /// <summary>Takes a relay off: its clients have all answered, or nobody waits any more.</summary>
    /// <param name="relay">The relay.</param>
    /// <param name="isOwed">Whether a client has not answered.</param>
    public void EndRelay(AcknowledgementRelay relay, bool isOwed)
    {
        if (!_relays.TryRemove(relay, out _)) return;
        Namespace.Server.Engine.Wheel.Cancel(relay);
        // Looks at every socket of the namespace.
        if (isOwed) Namespace.ForgetAck((int)relay.Id);
        Interlocked.Decrement(ref _beingAnswered);
    }

    /// <summary>A server has gone: nobody waits for what its requests would still bring.</summary>
    public void Lose(string serverId)
    {
        foreach (var (relay, _) in _relays)
        {
            if (relay.To == serverId) relay.End();
        }
    }

    /// <summary>This server stops.</summary>
    public void End()
    {
        foreach (var (relay, _) in _relays) relay.End();
    }

    private static BroadcastOptions HereOnly(BroadcastOptions options) => options with { Local = true };

    private void Ask(ClusterBroadcast broadcast, string requestId)
    {
        var options = HereOnly(broadcast.Options);
        var packet = BroadcastPacket.FromWire(Namespace, broadcast.Event, options, withAck: true);
        if (!TryBegin()) return;
        var relay = new AcknowledgementRelay(this, packet.AckId, broadcast.ServerId, requestId);
        _relays[relay] = true;
        var timeout = options.Timeout ?? adapter.Options.RequestTimeout;
        Namespace.Server.Engine.Wheel.Schedule(relay, timeout < LongestRelay ? timeout : LongestRelay);
        Observe(adapter.BroadcastWithAckAsync(packet, options, relay));
    }

    private async ValueTask AnswerAsync(ClusterFetchSockets fetch)
    {
        var sockets = await adapter.FetchSocketsAsync(HereOnly(fetch.Options), CancellationToken.None);
        var answer = new ClusterSocketsFetched
        {
            ServerId = ServerId,
            RequestId = fetch.RequestId,
            Sockets = [.. sockets.Select(Describe)],
        };
        Respond(fetch.ServerId, answer);
    }

    private ClusterSocket Describe(RemoteSocket socket) => new()
    {
        Id = socket.Id,
        Handshake = socket.Handshake.ToData(),
        Rooms = socket.Rooms as IReadOnlyList<string> ?? [.. socket.Rooms],
        Data = SocketDataText.Write(socket.Data, Namespace.Server.Serializer),
    };

    /// <summary>Nobody hears of a handler that is missing or fails: the one who asked misses this server's answer.</summary>
    private async ValueTask AnswerAsync(ClusterServerEvent serverEvent)
    {
        try
        {
            var answer = await Namespace.ServerEvents.HandleAsync(serverEvent.Event);
            if (serverEvent is not { RequestId: { } requestId, IsFromServer: true } || answer is null) return;
            Respond(serverEvent.ServerId, new ClusterServerAnswer { ServerId = ServerId, RequestId = requestId, Value = answer });
        }
        finally
        {
            Interlocked.Decrement(ref _beingAnswered);
        }
    }

    private bool TryBegin()
    {
        if (Interlocked.Increment(ref _beingAnswered) <= adapter.Options.MaxPendingRequests) return true;
        Interlocked.Decrement(ref _beingAnswered);
        reports.Drop(ClusterDropReason.TooManyPending);
        return false;
    }

    private void Observe(ValueTask work)
    {
        if (work.IsCompletedSuccessfully) work.GetAwaiter().GetResult();
        else _ = AwaitAsync(work);
    }

    private async Task AwaitAsync(ValueTask work)
    {
        try
        {
            await work;
        }
        catch (FormatException exception)
        {
            reports.Drop(ClusterDropReason.Malformed, exception.Message);
        }
        catch (Exception exception)
        {
            reports.FailToHandle(exception);
        }
    }
}
