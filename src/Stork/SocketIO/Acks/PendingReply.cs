namespace Stork.SocketIO.Acks;

/// <summary>An answer one caller waits for, with its time limit.</summary>
internal sealed class PendingReply<TReply>(AckTable table, TimeSpan? timeout) : PendingAck
{
    private readonly TaskCompletionSource<TReply?> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenRegistration _cancellation;

    public Task<TReply?> Task => _completion.Task;

    public override bool IsUnlimited => timeout is null && !IsCancellable;

    /// <summary>Whether the caller may end the wait, other than with the client.</summary>
    public bool IsCancellable { get; init; }

    public void CancelWith(CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled) return;
        _cancellation = cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                var pending = (PendingReply<TReply>)state!;
                if (pending.Forget()) pending._completion.TrySetCanceled(token);
            },
            this);
        // Whoever completed it in between found no registration to take back.
        if (_completion.Task.IsCompleted) _cancellation.Dispose();
    }

    public override void Complete(EventArguments answer)
    {
        try
        {
            _completion.TrySetResult(typeof(TReply) == typeof(EventArguments) ? (TReply)(object)answer : answer.Get<TReply>(0));
        }
        catch (Exception exception)
        {
            // Whatever a converter throws belongs to the one who asked for the type, not to the connection.
            _completion.TrySetException(exception);
        }

        _cancellation.Dispose();
    }

    public override void Fail(Exception exception)
    {
        _completion.TrySetException(exception);
        _cancellation.Dispose();
    }

    internal override void OnDue()
    {
        if (!Forget()) return;
        _completion.TrySetException(new AcknowledgementTimeoutException(timeout!.Value));
        _cancellation.Dispose();
    }

    private bool Forget() => table.Remove(Id) is not null;
}
