using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Stork.Queues.Rules;
using Stork.Queues.Shards;
using Stork.Queues.State;

namespace Stork.Queues;

/// <summary>
/// Takes messages from a queue, as many at once as its options allow. Disposing it gives back what it has not settled. May be used by
/// several threads at once.
/// </summary>
[DebuggerDisplay("subscription to {_state?.QueueName}: {_state?.Out.Count} out, ended: {_ended != 0}")]
public sealed class QueueSubscription : IAsyncDisposable, IDeliverySink
{
    /// <summary>Never holds more than MaxInFlight deliveries, as each waits to be settled.</summary>
    private readonly Channel<Delivery>? _deliveries;
    private readonly IDeliveryReceiver? _receiver;
    private readonly Shard _shard;
    private ConsumerState? _state;
    private int _ended;

    // Of the store's thread: something was told, and the end of the turn was not.
    private bool _isInTurn;

    internal QueueSubscription(Shard shard, IDeliveryReceiver? receiver)
    {
        _shard = shard;
        _receiver = receiver;
        if (receiver is null) _deliveries = Channel.CreateUnbounded<Delivery>(new UnboundedChannelOptions { SingleWriter = true });
    }

    private ChannelReader<Delivery> Deliveries =>
        _deliveries?.Reader
        ?? throw new InvalidOperationException("The consumer hands its messages to a callback; nothing can be received from it.");

    /// <summary>Waits for the next message.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The message.</returns>
    /// <exception cref="QueueException">The consumer or the store was closed, or the store failed.</exception>
    /// <exception cref="InvalidOperationException">The messages go to a callback.</exception>
    public async ValueTask<Delivery> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await Deliveries.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException closed)
        {
            throw closed.InnerException as QueueException ?? new QueueException(QueueErrorCode.Closed, "The consumer is closed.", closed);
        }
    }

    /// <summary>Takes a message that is there already.</summary>
    /// <param name="delivery">The message.</param>
    /// <returns>Whether there was one.</returns>
    public bool TryReceive([NotNullWhen(true)] out Delivery? delivery) => Deliveries.TryRead(out delivery);

    /// <summary>Takes messages until the consumer is closed.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The messages.</returns>
    public async IAsyncEnumerable<Delivery> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var delivery in Deliveries.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            yield return delivery;
    }

    /// <summary>
    /// The consumer can take nothing for now, for example because what it has got is still on its way: no more messages come, and the
    /// leases of those it has stand still until <see cref="Resume"/>.
    /// </summary>
    public void Suspend() => Post(static (_, state) => Subscribing.Suspend(state));

    /// <summary>Ends <see cref="Suspend"/>; the leases start anew.</summary>
    public void Resume() => Post(static (core, state) => core.Subscribing.Resume(state));

    /// <summary>
    /// Ends the consumer because its connection was lost: what it has is kept for the queue's <see cref="QueueOptions.DisconnectGrace"/>,
    /// in which a consumer with the same <see cref="SubscriptionOptions.Owner"/> finds it again, and then goes back. A restart of the store
    /// does not end that: for a <see cref="SubscriptionOptions.Remote"/> consumer the time then counts from the start.
    /// </summary>
    /// <param name="isLoss">
    /// Whether it is the consumer's doing, so that in a work queue its oldest message counts as failed if it does not return; true by
    /// default. </param>
    /// <param name="cancellationToken">Ends the wait; what is asked for is done all the same.</param>
    /// <returns>Completes when it is done.</returns>
    public Task DisconnectAsync(bool isLoss = true, CancellationToken cancellationToken = default)
    {
        var ending = isLoss
            ? EndAsync(static (core, state) => core.Detaching.Detach(state, Departure.Lost))
            : EndAsync(static (core, state) => core.Detaching.Detach(state, Departure.Stopped));
        return ending.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// As <see cref="DisconnectAsync"/>, for a connection that was ended from its other side. Messages handed out in the last five seconds
    /// may be why, and are handed out alone from then on; one that was alone counts as failed when the client is back, or the grace over.
    /// </summary>
    /// <param name="saidSo">Whether the client said that it goes (default). If not, it may have crashed, but the network may have broken as
    /// well: only the single job of a worker is suspected then.</param>
    /// <param name="cancellationToken">Ends the wait; what is asked for is done all the same.</param>
    /// <returns>Completes when it is done.</returns>
    public Task LeaveAsync(bool saidSo = true, CancellationToken cancellationToken = default)
    {
        var ending = saidSo
            ? EndAsync(static (core, state) => core.Detaching.Detach(state, Departure.Left))
            : EndAsync(static (core, state) => core.Detaching.Detach(state, Departure.Cut));
        return ending.WaitAsync(cancellationToken);
    }

    /// <summary>Ends the consumer: what it has not settled goes back to its place, uncounted.</summary>
    /// <returns>Completes when it is done.</returns>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await EndAsync(static (core, state) => core.Subscribing.Unsubscribe(state)).ConfigureAwait(false);
        }
        catch (QueueException)
        {
            // The store is closed or failed: it gives back what it can by itself.
        }
    }

    bool IDeliverySink.Deliver(in HandOut handOut)
    {
        var delivery = new Delivery(_shard, handOut);
        if (_receiver is null)
        {
            _deliveries!.Writer.TryWrite(delivery);
            return false;
        }

        _receiver.DeliverOrNack(delivery);
        return BeginTurn();
    }

    bool IDeliverySink.CaughtUp()
    {
        if (_receiver is null) return false;
        _receiver.TryCatchUp();
        return BeginTurn();
    }

    void IDeliverySink.EndTurn()
    {
        _isInTurn = false;
        _receiver!.TryEndTurn();
    }

    void IDeliverySink.Close(Exception? failure)
    {
        _deliveries?.Writer.TryComplete(failure);
        _receiver?.TryClose(failure);
    }

    private bool BeginTurn()
    {
        var isFirst = !_isInTurn;
        _isInTurn = true;
        return isFirst;
    }

    private void Post(Action<ShardCore, ConsumerState> change)
    {
        if (Volatile.Read(ref _ended) == 0 && _state is { } state) _shard.Submit(new ConsumerNotice(state, change));
    }

    internal void Bind(ConsumerState state) => _state = state;

    private async Task EndAsync(Action<ShardCore, ConsumerState> end)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0 || _state is not { } state) return;
        var command = new Request<bool>(
            core =>
            {
                end(core, state);
                return true;
            },
            _ => RoomNeeds.ToGiveBack(state));
        _shard.Submit(command);
        try
        {
            await command.Task.ConfigureAwait(false);
        }
        finally
        {
            _deliveries?.Writer.TryComplete();
        }
    }
}
