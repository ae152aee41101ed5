using System.Diagnostics;
using Stork.Queues.Rules;
using Stork.Queues.Shards;
using Stork.Queues.State;

namespace Stork.Queues;

/// <summary>
/// A queue of a store: an inbox, a work queue, or dead letters. A light handle that may be kept or made anew; the queue itself comes into
/// being with its first message or consumer. May be used by several threads at once.
/// </summary>
[DebuggerDisplay("{Kind} queue {Name}")]
public sealed partial class MessageQueue
{
    private readonly QueueStore _store;

    internal MessageQueue(QueueStore store, Shard shard, QueueAddress address)
    {
        _store = store;
        Shard = shard;
        Address = address;
    }

    /// <summary>What the queue is for.</summary>
    public QueueKind Kind => Address.Kind;

    /// <summary>Its name.</summary>
    public string Name => Address.Name;

    /// <summary>Where messages go that could not be processed; those of all inboxes (of a shard) share one queue.</summary>
    public MessageQueue DeadLetters => Kind == QueueKind.DeadLetter ? this : new MessageQueue(_store, Shard, Address.DeadLetters);

    internal Shard Shard { get; }

    internal QueueAddress Address { get; }

    /// <summary>Stores a message. Completes when it is as durable as the store promises.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Gives up while the store is too busy to take it; afterwards it has no effect.</param>
    /// <returns>The receipt.</returns>
    /// <exception cref="QueueException">It was not stored, or with <see cref="QueueErrorCode.StoreFailed"/> that is unknown.</exception>
    public Task<EnqueueReceipt> EnqueueAsync(Message message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        EnqueueOneCommand command;
        try
        {
            command = new EnqueueOneCommand(PreparedMessage.Create(Address, message));
        }
        catch (QueueException refusal)
        {
            return Task.FromException<EnqueueReceipt>(refusal);
        }

        var submitting = Shard.SubmitAsync(command, cancellationToken);
        return submitting.IsCompletedSuccessfully ? command.Task : EnqueueAsync(submitting, command);
    }

    /// <summary>Stores a message that is only a body.</summary>
    /// <param name="body">The bytes; they must not change until the task completes.</param>
    /// <param name="cancellationToken">Gives up while the store is too busy to take it; afterwards it has no effect.</param>
    /// <returns>The receipt.</returns>
    /// <exception cref="QueueException">It was not stored, or with <see cref="QueueErrorCode.StoreFailed"/> that is unknown.</exception>
    public Task<EnqueueReceipt> EnqueueAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default) =>
        EnqueueAsync(new Message(body), cancellationToken);

    /// <summary>Stores messages together: all or none.</summary>
    /// <param name="messages">The messages, at most 10,000.</param>
    /// <param name="cancellationToken">Gives up while the store is too busy to take them; afterwards it has no effect.</param>
    /// <returns>The receipts, in the same order.</returns>
    /// <exception cref="QueueException">None was stored, or with <see cref="QueueErrorCode.StoreFailed"/> that is unknown.</exception>
    public async Task<IReadOnlyList<EnqueueReceipt>> EnqueueAsync(
        IReadOnlyList<Message> messages, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        if (messages.Count > QueueBatch.MaxItems)
            throw new QueueException(QueueErrorCode.TooLarge, $"A batch has at most {QueueBatch.MaxItems} items.");
        if (messages.Count == 0) return [];
        var prepared = new PreparedMessage[messages.Count];
        for (var i = 0; i < prepared.Length; i++) prepared[i] = PreparedMessage.Create(Address, messages[i]);
        var command = new EnqueueCommand(prepared, []);
        await Shard.SubmitAsync(command, cancellationToken).ConfigureAwait(false);
        return await command.Task.ConfigureAwait(false);
    }

    /// <summary>Asks whether a message would be stored now, and stores nothing. Where the store is in trouble or the queue full, work whose
    /// outcome is to be stored here need not begin.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Completes if it would.</returns>
    /// <exception cref="QueueException">It would be refused, for this reason.</exception>
    public async Task CheckAsync(Message message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        var command = new CheckCommand(PreparedMessage.Create(Address, message));
        await Shard.SubmitAsync(command, cancellationToken).ConfigureAwait(false);
        await command.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Starts to take messages.</summary>
    /// <param name="options">How; null: the defaults.</param>
    /// <param name="cancellationToken">Gives up; there is no subscription then.</param>
    /// <returns>The subscription.</returns>
    /// <exception cref="QueueException">The options break a rule, or the queue has too many consumers.</exception>
    public Task<QueueSubscription> SubscribeAsync(SubscriptionOptions? options = null, CancellationToken cancellationToken = default) =>
        BeginSubscriptionAsync(options, receiver: null, cancellationToken);

    /// <summary>
    /// Starts to take messages, and hands each to a callback instead of keeping it for <see cref="QueueSubscription.ReceiveAsync"/>.
    /// </summary>
    /// <param name="options">How; null: the defaults.</param>
    /// <param name="deliver">
    /// Called with each message in its order, by the store's own thread: it must return at once, pass the message on, and not throw. What
    /// it throws counts as a failure of the message.
    /// </param>
    /// <param name="closed">
    /// Called when nothing more will come because the store was closed (null) or failed. Default: nobody is told.
    /// </param>
    /// <param name="caughtUp">
    /// Called once, in its place among the deliveries, when all that waited has been handed out. Default: nobody is told.
    /// </param>
    /// <param name="cancellationToken">
    /// Gives up; there is no subscription then, though messages may have been handed out and have gone back.
    /// </param>
    /// <returns>The subscription.</returns>
    /// <exception cref="QueueException">The options break a rule, or the queue has too many consumers.</exception>
    public Task<QueueSubscription> SubscribeAsync(
        SubscriptionOptions? options, Action<Delivery> deliver, Action<Exception?>? closed = null, Action? caughtUp = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(deliver);
        return BeginSubscriptionAsync(options, new DeliveryCallback(deliver, closed, caughtUp), cancellationToken);
    }

    /// <summary>Starts to take messages, and hands them to an object that is told as well which of them came at once.</summary>
    /// <param name="options">How; null: the defaults.</param>
    /// <param name="receiver">Gets them, by the store's own thread.</param>
    /// <param name="cancellationToken">
    /// Gives up; there is no subscription then, though messages may have been handed out and have gone back.
    /// </param>
    /// <returns>The subscription.</returns>
    /// <exception cref="QueueException">The options break a rule, or the queue has too many consumers.</exception>
    public Task<QueueSubscription> SubscribeAsync(
        SubscriptionOptions? options, IDeliveryReceiver receiver, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        return BeginSubscriptionAsync(options, receiver, cancellationToken);
    }

    /// <summary>
    /// Processes messages until cancelled: a handler that returns acknowledges, one that throws reports a failure. Leases are extended
    /// while a handler runs, for at most <paramref name="maxProcessingTime"/>.
    /// </summary>
    /// <param name="handler">What to do with a message.</param>
    /// <param name="options">How to take messages; MaxInFlight handlers run at once.</param>
    /// <param name="maxProcessingTime">
    /// How long one handler may take before its message goes to another; at most 366 days. Default: 30 min.
    /// </param>
    /// <param name="cancellationToken">Ends the processing once the running handlers have returned.</param>
    /// <returns>Completes when it has ended.</returns>
    public async Task ProcessAsync(
        Func<Delivery, CancellationToken, Task> handler, SubscriptionOptions? options = null, TimeSpan? maxProcessingTime = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        if (maxProcessingTime <= TimeSpan.Zero || maxProcessingTime > QueueOptions.MaxDelay)
            throw new QueueException(QueueErrorCode.Invalid, "maxProcessingTime must be positive and at most 366 days.");
        var subscription = await BeginSubscriptionAsync(options, receiver: null, CancellationToken.None).ConfigureAwait(false);
        await using var ending = subscription.ConfigureAwait(false);
        var processor = new DeliveryProcessor(
            handler, _store.TimeProvider, options?.AckTimeout, maxProcessingTime ?? TimeSpan.FromMinutes(30));
        var workers = new Task[Math.Clamp(options?.MaxInFlight ?? 1, 1, SubscriptionOptions.MaxInFlightCap)];
        for (var i = 0; i < workers.Length; i++)
            workers[i] = Task.Run(() => processor.RunAsync(subscription, cancellationToken), CancellationToken.None);
        await Task.WhenAll(workers).ConfigureAwait(false);
    }

    private static async Task<EnqueueReceipt> EnqueueAsync(ValueTask submitting, EnqueueOneCommand command)
    {
        await submitting.ConfigureAwait(false);
        return await command.Task.ConfigureAwait(false);
    }

    private async Task<QueueSubscription> BeginSubscriptionAsync(
        SubscriptionOptions? options, IDeliveryReceiver? receiver, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        options ??= new SubscriptionOptions();
        options.Validate();
        var subscription = new QueueSubscription(Shard, receiver);
        var command = new Request<ConsumerState>(
            core =>
            {
                var state = core.Subscribing.Subscribe(Address, options, subscription);
                subscription.Bind(state);
                return state;
            },
            core => core.Subscribing.BytesFor(Address, options.Owner));
        Shard.Submit(command);
        try
        {
            await command.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _ = EndUnwantedAsync(command.Task, subscription);
            throw;
        }

        return subscription;
    }

    /// <summary>Whoever wanted it has gone, and would never settle what it gets.</summary>
    private static async Task EndUnwantedAsync(Task<ConsumerState> subscribing, QueueSubscription subscription)
    {
        try
        {
            await subscribing.ConfigureAwait(false);
        }
        catch (QueueException)
        {
            return;
        }

        await subscription.DisposeAsync().ConfigureAwait(false);
    }
}
