using System.Text.Json;

namespace Stork.Acks;

/// <summary>An answer one caller waits for, with its time limit.</summary>
internal sealed class PendingReply<TReply>(AckTable table, TimeSpan? timeout) : PendingAck
{
    private readonly TaskCompletionSource<TReply?> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenRegistration _cancellation;

    public Task<TReply?> Task => _completion.Task;

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
    }

    public override void Complete(EventArguments answer)
    {
        _cancellation.Dispose();
        try
        {
            _completion.TrySetResult(typeof(TReply) == typeof(EventArguments) ? (TReply)(object)answer : answer.Get<TReply>(0));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or NotSupportedException)
        {
            _completion.TrySetException(exception);
        }
    }

    public override void Fail(Exception exception)
    {
        _cancellation.Dispose();
        _completion.TrySetException(exception);
    }

    internal override void OnDue()
    {
        if (!Forget()) return;
        _cancellation.Dispose();
        _completion.TrySetException(new AcknowledgementTimeoutException(timeout!.Value));
    }

    private bool Forget() => table.Remove(Id) is not null;
}
