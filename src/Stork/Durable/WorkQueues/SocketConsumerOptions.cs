namespace Stork;

/// <summary>How a client works on the jobs of a queue.</summary>
public sealed record SocketConsumerOptions
{
    /// <summary>Jobs it may have at once. Default 1, so that none waits behind another while somebody else is idle; 1 to 2,000.</summary>
    public int MaxInFlight { get; init; } = 1;

    /// <summary>How long a connected client may take to acknowledge before that counts as a failure of the job. Null (default): as the
    /// queue says (<see cref="Queues.QueueOptions.AckTimeout"/>, 30 s).</summary>
    public TimeSpan? AckTimeout { get; init; }

    /// <summary>What the client's answers mean. Default <see cref="AckStyle.Value"/>.</summary>
    public AckStyle AckStyle { get; init; }

    /// <summary>Whether the client is told about the job besides its content. Default <see cref="DeliveryMetadata.None"/>. A client that
    /// asks for more time (<c>queue:extend</c>) needs the id that is in it.</summary>
    public DeliveryMetadata Metadata { get; init; }

    /// <summary>The event that jobs come as. Null (default): the queue's name.</summary>
    public string? Event { get; init; }

    /// <param name="queue">The queue, which names the event unless <see cref="Event"/> does.</param>
    /// <exception cref="ArgumentException">The options break a rule.</exception>
    internal void Validate(string queue)
    {
        var options = new InboxOptions { MaxInFlight = MaxInFlight, AckTimeout = AckTimeout, AckStyle = AckStyle, Metadata = Metadata };
        if (options.FindFault() is { } fault) throw new ArgumentException($"SocketConsumerOptions.{fault}.");
        if (Event is "" || ReservedEvents.Contains(Event ?? queue))
            throw new ArgumentException($"SocketConsumerOptions.Event must be a name that is not reserved; \"{Event ?? queue}\" is.");
    }
}
