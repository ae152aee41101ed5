using Stork.Durable.Inboxes;

namespace Stork;

/// <summary>
/// Which events of clients are stored in inboxes, and how. Made by <c>io.MapInbox</c> while the application is set up; it has effect on
/// sockets that connect afterwards.
/// </summary>
public sealed class InboxMapping
{
    private readonly Lock _gate = new();
    private (string Name, Func<SocketEvent, InboxMessageOptions?> Options)[] _events = [];

    internal InboxMapping(Func<SocketEvent, string?> inbox) => Inbox = inbox;

    internal Func<SocketEvent, string?> Inbox { get; }

    internal Func<SocketEvent, string?>? DedupId { get; private set; }

    internal bool WithholdsWhenFull { get; private set; }

    internal TimeSpan RetryDelay { get; private set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Stores an event as it came. A client that asked for an acknowledgement gets <c>{ status: "ok", id, seq, duplicate }</c> once the
    /// event is as durable as the store promises, or <c>{ status: "error", code, retryAfterMs? }</c> with the code <c>forbidden</c>,
    /// <c>invalid</c>, <c>too_large</c> or <c>queue_full</c>. While the store is in trouble it gets no answer: a client with <c>retries</c>
    /// then tries again.
    /// </summary>
    /// <param name="name">The event's name.</param>
    /// <param name="options">How the message waits, for each event; null, or null from it: the defaults. An event whose
    /// arguments it cannot read is answered as <c>invalid</c>.</param>
    /// <returns>This mapping.</returns>
    /// <exception cref="ArgumentException">The name is reserved.</exception>
    public InboxMapping FromEvent(string name, Func<SocketEvent, InboxMessageOptions?>? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Emitter.CheckName(name);
        lock (_gate) _events = [.. _events, (name, options ?? (static _ => null))];
        return this;
    }

    /// <summary>
    /// Recognises repeats: a client that got no answer, and sends the event again, is told that it was stored. Without this, repeats are
    /// stored again.
    /// </summary>
    /// <param name="id">Picks, out of the arguments, an id that is the same in every repeat. It counts per sender (where the sender has an
    /// identity; otherwise ids must be unique among all), and instead of <see cref="InboxMessageOptions.DedupId"/>. An event without an id
    /// is answered as <c>invalid</c>.</param>
    /// <returns>This mapping.</returns>
    public InboxMapping DeduplicateBy(Func<SocketEvent, string?> id)
    {
        ArgumentNullException.ThrowIfNull(id);
        DedupId = id;
        return this;
    }

    /// <summary>Says what a client is told to wait when the inbox is full.</summary>
    /// <param name="delay">How long; 1 s unless this is called. From zero to 366 days, told in whole milliseconds.</param>
    /// <returns>This mapping.</returns>
    public InboxMapping RetryAfter(TimeSpan delay)
    {
        RetryDelay = CheckedRetryDelay(delay);
        return this;
    }

    /// <summary>Leaves a client without an answer while the inbox is full, instead of <c>queue_full</c>: one with <c>retries</c> keeps its
    /// order and tries again.</summary>
    /// <returns>This mapping.</returns>
    public InboxMapping WithholdWhenFull()
    {
        WithholdsWhenFull = true;
        return this;
    }

    /// <summary>What a mapping may tell clients to wait.</summary>
    internal static TimeSpan CheckedRetryDelay(TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(delay, Queues.QueueOptions.MaxDelay);
        return delay;
    }

    internal void Attach(Socket socket)
    {
        var events = _events;
        if (events.Length == 0) return;
        var producer = new InboxProducer(socket, this);
        foreach (var (name, options) in events) socket.On(name, (SocketEvent received) => producer.OnEvent(received, options));
    }
}
