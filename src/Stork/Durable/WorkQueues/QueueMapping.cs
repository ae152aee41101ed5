using System.Text.Json;
using Stork.Durable.WorkQueues;

namespace Stork;

/// <summary>
/// What clients of a namespace may do with a work queue: nothing, until it is said here. Made by <c>io.MapQueue</c> while the application
/// is set up; it has effect on sockets that connect afterwards.
/// </summary>
public sealed class QueueMapping
{
    private readonly QueueEvents _events;

    internal QueueMapping(QueueEvents events, string name)
    {
        _events = events;
        Name = name;
    }

    /// <summary>The queue's name.</summary>
    public string Name { get; }

    internal QueuePermission Producers { get; private set; } = QueuePermission.Nobody;

    internal QueuePermission Consumers { get; private set; } = QueuePermission.Nobody;

    internal SocketConsumerOptions ConsumerOptions { get; private set; } = new();

    internal bool WithholdsWhenFull { get; private set; }

    internal TimeSpan RetryDelay { get; private set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Stores an event's first argument as a job, exactly as it was received. The client's acknowledgement comes once the job is as durable
    /// as the store promises: <c>{ status: "ok", id, seq, duplicate }</c>, or <c>{ status: "error", code, message, retryAfterMs }</c> with
    /// the code <c>forbidden</c>, <c>invalid</c>, <c>too_large</c> or <c>queue_full</c>. It does not come at all while the store is in
    /// trouble: a client with <c>retries</c> then tries again. An event without acknowledgement is stored as well. Needs
    /// <see cref="AllowProducers(string)"/>.
    /// </summary>
    /// <param name="name">The event's name.</param>
    /// <param name="options">More about the job, for instance a <see cref="EnqueueOptions.DedupId"/> out of a second argument; what it
    /// throws is answered as <c>invalid</c>. Default: nothing.</param>
    /// <returns>This mapping.</returns>
    /// <exception cref="ArgumentException">The name is reserved.</exception>
    public QueueMapping FromEvent(string name, Func<SocketEvent, EnqueueOptions?>? options = null)
    {
        _events.Add(name, this, options ?? (static _ => null));
        return this;
    }

    /// <summary>As <see cref="FromEvent(string, Func{SocketEvent, EnqueueOptions?}?)"/>, for jobs that can be read as a type; others are
    /// answered as <c>invalid</c>.</summary>
    /// <typeparam name="T">The job's type.</typeparam>
    /// <param name="name">The event's name.</param>
    /// <param name="options">Given the job and the event, more about the job; what it throws is answered as <c>invalid</c>. Default:
    /// nothing.</param>
    /// <returns>This mapping.</returns>
    /// <exception cref="ArgumentException">The name is reserved.</exception>
    public QueueMapping FromEvent<T>(string name, Func<T, SocketEvent, EnqueueOptions?>? options = null)
        where T : notnull
    {
        _events.Add(name, this, received =>
        {
            var job = received.Arguments.GetIncoming<T>(0) ?? throw new JsonException("There is no job.");
            return options?.Invoke(job, received);
        });
        return this;
    }

    /// <summary>Lets clients put jobs into the queue whose user meets an authorization policy. Asked once for each socket.</summary>
    /// <param name="policy">The policy's name; its resource is a <see cref="QueueAccess"/>.</param>
    /// <returns>This mapping.</returns>
    public QueueMapping AllowProducers(string policy)
    {
        Producers = QueuePermission.OfPolicy(policy);
        return this;
    }

    /// <summary>Lets clients put jobs into the queue that a function lets in. Asked once for each socket.</summary>
    /// <param name="isAllowed">Decides.</param>
    /// <returns>This mapping.</returns>
    public QueueMapping AllowProducers(Func<Socket, ValueTask<bool>> isAllowed)
    {
        Producers = QueuePermission.Of(isAllowed);
        return this;
    }

    /// <summary>Lets clients ask for jobs (<c>queue:subscribe</c>) whose user meets an authorization policy. Asked at each
    /// <c>queue:subscribe</c>.</summary>
    /// <param name="policy">The policy's name; its resource is a <see cref="QueueAccess"/>.</param>
    /// <param name="options">How they take jobs; <see cref="SocketConsumerOptions.MaxInFlight"/> is the most that a client can ask for.
    /// Null: the defaults.</param>
    /// <returns>This mapping.</returns>
    /// <exception cref="ArgumentException">The options break a rule.</exception>
    public QueueMapping AllowConsumers(string policy, SocketConsumerOptions? options = null) =>
        AllowConsumers(QueuePermission.OfPolicy(policy), options);

    /// <summary>Lets clients ask for jobs (<c>queue:subscribe</c>) that a function lets in. Asked at each <c>queue:subscribe</c>.</summary>
    /// <param name="isAllowed">Decides.</param>
    /// <param name="options">How they take jobs; <see cref="SocketConsumerOptions.MaxInFlight"/> is the most that a client can ask for.
    /// Null: the defaults.</param>
    /// <returns>This mapping.</returns>
    /// <exception cref="ArgumentException">The options break a rule.</exception>
    public QueueMapping AllowConsumers(Func<Socket, ValueTask<bool>> isAllowed, SocketConsumerOptions? options = null) =>
        AllowConsumers(QueuePermission.Of(isAllowed), options);

    /// <summary>Says what a producer is told to wait when the queue is full.</summary>
    /// <param name="delay">How long; 1 s unless this is called. From zero to 366 days, told in whole milliseconds.</param>
    /// <returns>This mapping.</returns>
    public QueueMapping RetryAfter(TimeSpan delay)
    {
        RetryDelay = InboxMapping.CheckedRetryDelay(delay);
        return this;
    }

    /// <summary>Leaves a producer without an answer while the queue is full, instead of <c>queue_full</c>: a client with <c>retries</c>
    /// keeps its order and tries again.</summary>
    /// <returns>This mapping.</returns>
    public QueueMapping WithholdWhenFull()
    {
        WithholdsWhenFull = true;
        return this;
    }

    private QueueMapping AllowConsumers(QueuePermission permission, SocketConsumerOptions? options)
    {
        options ??= new SocketConsumerOptions();
        options.Validate(Name);
        _events.AddSocketQueue(Name);
        (Consumers, ConsumerOptions) = (permission, options);
        return this;
    }
}
