using System.Diagnostics;
using System.Text;
using Stork.Durable.Inboxes;
using Stork.Queues;
using Stork.SocketIO.Events;
using Stork.Wire;

namespace Stork;

/// <summary>
/// Messages for one identity, kept on disk until its client has acknowledged them: delivered now if it is connected, in order, or when it
/// is back. A light handle that may be kept or made anew; may be used by several threads at once.
/// </summary>
/// <remarks>
/// Arguments are serialized once, at the call, as for any emit, and stored as those bytes. An emit completes when they are as durable as
/// the store promises (by default: synced to disk), and throws <see cref="QueueException"/> if they are not stored:
/// <see cref="QueueErrorCode.QueueFull"/> at the limits of the inbox, <see cref="QueueErrorCode.TooLarge"/> also with more binary values
/// than clients take (<see cref="SocketIOOptions.MaxAttachments"/>), <see cref="QueueErrorCode.StoreFull"/> on a nearly full disk,
/// <see cref="QueueErrorCode.Invalid"/> for options that break a rule; with <see cref="QueueErrorCode.StoreFailed"/> it is unknown.
/// </remarks>
[DebuggerDisplay("inbox {Name}")]
public sealed class Inbox
{
    private const int MaxSubjectBytes = 256;

    private readonly SocketIOServer _server;
    private readonly InboxMessageOptions _options;

    internal Inbox(SocketIOServer server, MessageQueue queue, string name)
        : this(server, queue, name, InboxMessageOptions.None)
    {
    }

    private Inbox(SocketIOServer server, MessageQueue queue, string name, InboxMessageOptions options)
    {
        _server = server;
        _options = options;
        Queue = queue;
        Name = name;
    }

    /// <summary>The identity, as in <c>io.Inbox(name)</c>.</summary>
    public string Name { get; }

    /// <summary>The queue in the store: to look into it, count, pause, purge or replay.</summary>
    public MessageQueue Queue { get; }

    /// <summary>The same inbox with other options for what is emitted; this object does not change.</summary>
    public Inbox With(InboxMessageOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new Inbox(_server, Queue, Name, options);
    }

    /// <summary>Stores an event without arguments.</summary>
    /// <param name="name">The event's name.</param>
    /// <param name="cancellationToken">Gives up while the store is too busy to take it; afterwards it has no effect.</param>
    /// <returns>The receipt, once the event is stored.</returns>
    public Task<EnqueueReceipt> EmitAsync(string name, CancellationToken cancellationToken = default) =>
        StoreAsync(name, default(NoArguments), cancellationToken);

    /// <summary>Stores an event with one argument.</summary>
    /// <inheritdoc cref="EmitAsync(string, CancellationToken)"/>
    public Task<EnqueueReceipt> EmitAsync<T>(string name, T argument, CancellationToken cancellationToken = default) =>
        StoreAsync(name, new Arguments<T>(argument), cancellationToken);

    /// <summary>Stores an event with two arguments.</summary>
    /// <inheritdoc cref="EmitAsync(string, CancellationToken)"/>
    public Task<EnqueueReceipt> EmitAsync<T1, T2>(string name, T1 first, T2 second, CancellationToken cancellationToken = default) =>
        StoreAsync(name, new Arguments<T1, T2>(first, second), cancellationToken);

    /// <summary>Stores an event with three arguments.</summary>
    /// <inheritdoc cref="EmitAsync(string, CancellationToken)"/>
    public Task<EnqueueReceipt> EmitAsync<T1, T2, T3>(
        string name, T1 first, T2 second, T3 third, CancellationToken cancellationToken = default) =>
        StoreAsync(name, new Arguments<T1, T2, T3>(first, second, third), cancellationToken);

    /// <summary>Stores an event with any number of arguments. An <c>object[]</c> is the list of arguments; every other array is one
    /// argument.</summary>
    /// <inheritdoc cref="EmitAsync(string, CancellationToken)"/>
    public Task<EnqueueReceipt> EmitAsync(string name, params object?[] arguments) => EmitAsync(name, arguments, CancellationToken.None);

    /// <summary>Stores an event with any number of arguments, as long as nobody gives up.</summary>
    /// <inheritdoc cref="EmitAsync(string, CancellationToken)"/>
    public Task<EnqueueReceipt> EmitAsync(string name, object?[] arguments, CancellationToken cancellationToken) =>
        StoreAsync(name, new ArgumentList(arguments), cancellationToken);

    /// <summary>Stores received arguments, unchanged and without parsing them.</summary>
    /// <inheritdoc cref="EmitAsync(string, CancellationToken)"/>
    public Task<EnqueueReceipt> EmitAsync(string name, EventArguments arguments, CancellationToken cancellationToken = default) =>
        StoreAsync(name, new ReceivedArguments(arguments), cancellationToken);

    /// <summary>Serializes an event with one argument without storing it: to be stored together with others by <c>io.StoreAsync</c>, or
    /// with the end of a job by <c>context.CompleteAsync</c>.</summary>
    /// <param name="name">The event's name.</param>
    /// <param name="argument">The argument.</param>
    /// <returns>The event, ready to be stored.</returns>
    public PreparedMessage Prepare<T>(string name, T argument) =>
        new(Queue, CreateMessage(name, Serialize(name, new Arguments<T>(argument)), _options));

    /// <summary>Serializes an event with any number of arguments without storing it. An <c>object[]</c> is the list of arguments; every
    /// other array is one argument.</summary>
    /// <param name="name">The event's name.</param>
    /// <param name="arguments">The arguments.</param>
    /// <returns>The event, ready to be stored.</returns>
    public PreparedMessage Prepare(string name, params object?[] arguments) =>
        new(Queue, CreateMessage(name, Serialize(name, new ArgumentList(arguments)), _options));

    internal static Message CreateMessage(string name, byte[] body, InboxMessageOptions options) => new(body)
    {
        Subject = Encoding.UTF8.GetByteCount(name) is > 0 and <= MaxSubjectBytes ? name : null,
        TimeToLive = options.TimeToLive,
        Delay = options.Delay,
        DeliverAt = options.DeliverAt,
        CollapseKey = options.CollapseKey,
        DedupId = options.DedupId,
        Headers = options.Headers,
    };

    private Task<EnqueueReceipt> StoreAsync<TArguments>(string name, TArguments arguments, CancellationToken cancellationToken)
        where TArguments : struct, IEventArguments =>
        Queue.EnqueueAsync(CreateMessage(name, Serialize(name, arguments), _options), cancellationToken);

    private byte[] Serialize<TArguments>(string name, TArguments arguments)
        where TArguments : struct, IEventArguments
    {
        Emitter.CheckName(name);
        PacketBuilder packet;
        try
        {
            packet = Emitter.BuildArray(_server.Serializer, namespaceLength: 0, name, arguments);
        }
        catch (UndeliverableException refused)
        {
            throw new QueueException(QueueErrorCode.TooLarge, refused.Message, refused);
        }

        try
        {
            return InboxBody.Create(packet);
        }
        finally
        {
            packet.Release();
        }
    }
}
