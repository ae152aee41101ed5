using Stork.Timing;

namespace Stork.SocketIO.Acks;

/// <summary>Collects the answers to a broadcast: complete when every server has told how many sockets it asked, and so many have
/// answered.</summary>
internal sealed class BroadcastReplies<TReply>(int id, TimeSpan timeout, TimerWheel wheel, Action<int> forget)
    : WheelEntry, IBroadcastAcknowledgements
{
    private readonly Lock _gate = new();
    private readonly List<TReply?> _replies = [];
    private readonly TaskCompletionSource<IReadOnlyList<TReply?>> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _ended;
    private ServerShares? _others;
    private int _expected;
    private int _answered;
    private bool _isExpected;
    private bool _isOver;

    public long Id => id;

    /// <summary>Whether one answer is all that can come, so that no server without the socket need be waited for.</summary>
    public bool IsForOne { get; init; }

    public Task<IReadOnlyList<TReply?>> Task => _completion.Task;

    public Task Ended
    {
        get
        {
            lock (_gate)
            {
                if (_isOver) return System.Threading.Tasks.Task.CompletedTask;
                return (_ended ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
        }
    }

    public void ExpectServers(int count, IReadOnlyCollection<string> serverIds)
    {
        lock (_gate)
        {
            if (_others is null) _others = new ServerShares(count, serverIds);
            else _others.Recount(count);
        }
    }

    public void Expect(int sockets)
    {
        lock (_gate)
        {
            _isExpected = true;
            _expected = sockets;
            if (!TryEnd()) return;
        }

        Complete();
    }

    public void Expect(string serverId, int sockets)
    {
        lock (_gate)
        {
            _others?.Expect(serverId, sockets);
            if (!TryEnd()) return;
        }

        Complete();
    }

    public void Add(EventArguments answer)
    {
        var reply = answer.ReadReply<TReply>();
        lock (_gate)
        {
            _answered++;
            if (!_isOver) _replies.Add(reply);
            if (!TryEnd()) return;
        }

        Complete();
    }

    public void Add(string serverId, EventArguments answer)
    {
        var reply = answer.ReadReply<TReply>();
        lock (_gate)
        {
            if (_others?.TryAnswer(serverId) != true) return;
            if (!_isOver) _replies.Add(reply);
            if (!TryEnd()) return;
        }

        Complete();
    }

    public void Lose(string serverId)
    {
        lock (_gate)
        {
            _others?.Lose(serverId);
            if (!TryEnd()) return;
        }

        Complete();
    }

    /// <summary>The packet could not be sent at all.</summary>
    public void Fail(Exception exception)
    {
        lock (_gate) _isOver = true;
        wheel.Cancel(this);
        forget(id);
        _completion.TrySetException(exception);
        _ended?.TrySetResult();
    }

    internal override void OnDue()
    {
        lock (_gate)
        {
            if (_isOver) return;
            _isOver = true;
        }

        forget(id);
        _completion.TrySetException(CreateFailure());
        _ended?.TrySetResult();
    }

    /// <summary>Whether it ends now; the lock is held.</summary>
    private bool TryEnd()
    {
        if (_isOver) return false;
        var isAnswered = IsForOne && _replies.Count > 0;
        if (!isAnswered && (!_isExpected || _answered < _expected || _others is { IsComplete: false })) return false;
        return _isOver = true;
    }

    private void Complete()
    {
        wheel.Cancel(this);
        // Servers that have gone do not forget; of this one's sockets nobody owes anything, unless one answer was enough.
        if (IsForOne) forget(id);
        var isWhole = IsForOne && _replies.Count > 0 || _others is not { MissingCount: > 0 };
        if (isWhole) _completion.TrySetResult(_replies);
        else _completion.TrySetException(CreateFailure());
        _ended?.TrySetResult();
    }

    /// <summary>Nothing changes any more when this is called.</summary>
    private AcknowledgementTimeoutException CreateFailure() =>
        new(timeout, [.. _replies.Cast<object?>()], _others?.MissingIds, _others?.MissingCount ?? 0);
}
