using Stork.Timing;

namespace Stork.SocketIO.Clustering;

/// <summary>The part of this server in a broadcast of another one that asks for acknowledgements: tells it how many sockets were asked,
/// and what they answer.</summary>
internal sealed class AcknowledgementRelay(ClusterReceiver receiver, long id, string to, string requestId)
    : WheelEntry, IBroadcastAcknowledgements
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _owed;
    private bool _isExpected;
    private bool _isOver;

    public long Id => id;

    /// <summary>The server that has asked.</summary>
    public string To => to;

    public Task Ended => _ended.Task;

    public void ExpectServers(int count, IReadOnlyCollection<string> serverIds)
    {
        // The one who asked counts the servers.
    }

    public void Expect(int sockets)
    {
        receiver.Respond(to, new ClusterClientCount { ServerId = receiver.ServerId, RequestId = requestId, Count = sockets });
        Change(sockets, isExpected: true);
    }

    public void Expect(string serverId, int sockets)
    {
    }

    public void Add(EventArguments answer)
    {
        var value = JsonPayload.FirstOf(answer);
        receiver.Respond(to, new ClusterClientAnswer { ServerId = receiver.ServerId, RequestId = requestId, Value = value });
        Change(-1, isExpected: false);
    }

    public void Add(string serverId, EventArguments answer)
    {
    }

    public void Lose(string serverId)
    {
    }

    /// <summary>Nobody waits any more.</summary>
    public void End()
    {
        bool isOwed;
        lock (_gate)
        {
            if (_isOver) return;
            _isOver = true;
            isOwed = !_isExpected || _owed > 0;
        }

        receiver.EndRelay(this, isOwed);
        _ended.TrySetResult();
    }

    internal override void OnDue() => End();

    private void Change(int by, bool isExpected)
    {
        lock (_gate)
        {
            _owed += by;
            _isExpected |= isExpected;
            // An answer may overtake the number.
            if (!_isExpected || _owed > 0) return;
        }

        End();
    }
}
