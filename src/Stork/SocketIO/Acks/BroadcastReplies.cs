using Stork.SocketIO.Rooms;
using Stork.Timing;

namespace Stork.SocketIO.Acks;

/// <summary>Collects the answers to a broadcast: complete when every server has told how many sockets it asked, and so many have answered.</summary>
internal sealed class BroadcastReplies<TReply>(int id, TimeSpan timeout, TimerWheel wheel, Action<int> forget) : WheelEntry, IBroadcastAcknowledgements
{
    private readonly Lock _gate = new();
    private readonly List<TReply?> _replies = [];
    private readonly TaskCompletionSource<IReadOnlyList<TReply?>> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _serversMissing = int.MaxValue;
    private int _serversHeard;
    private int _expected;
    private int _answered;
    private bool _isOver;

    public long Id => id;

    public Task<IReadOnlyList<TReply?>> Task => _completion.Task;

    /// <summary>The number of servers that will call <see cref="Expect"/>.</summary>
    public void ExpectServers(int count) => Change(() => _serversMissing = count);

    public void Expect(int sockets) => Change(() =>
    {
        _serversHeard++;
        _expected += sockets;
    });

    public void Add(EventArguments answer)
    {
        TReply? reply;
        try
        {
            reply = typeof(TReply) == typeof(EventArguments) ? (TReply)(object)answer : answer.Get<TReply>(0);
        }
        catch (Exception)
        {
            // One client that answers nonsense, which converters may tell in any way, must not take the others' answers with it.
            reply = default;
        }

        Change(() =>
        {
            _answered++;
            if (!_isOver) _replies.Add(reply);
        });
    }

    /// <summary>The packet could not be sent at all.</summary>
    public void Fail(Exception exception)
    {
        lock (_gate) _isOver = true;
        wheel.Cancel(this);
        forget(id);
        _completion.TrySetException(exception);
    }

    internal override void OnDue()
    {
        object?[] soFar;
        lock (_gate)
        {
            if (_isOver) return;
            _isOver = true;
            soFar = [.. _replies.Cast<object?>()];
        }

        forget(id);
        _completion.TrySetException(new AcknowledgementTimeoutException(timeout, soFar));
    }

    private void Change(Action change)
    {
        lock (_gate)
        {
            change();
            if (_isOver || _serversHeard < _serversMissing || _answered < _expected) return;
            _isOver = true;
        }

        wheel.Cancel(this);
        _completion.TrySetResult(_replies);
    }
}
