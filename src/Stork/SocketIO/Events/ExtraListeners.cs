namespace Stork.SocketIO.Events;

/// <summary>The listeners that most sockets have none of. The owner guards it with a lock; the arrays never change.</summary>
internal sealed class ExtraListeners
{
    public Action<SocketEvent>[] Incoming { get; set; } = [];

    public Action<SocketEvent>[] Outgoing { get; set; } = [];

    public Func<SocketEvent, ValueTask>[] Middlewares { get; set; } = [];

    public Action<Socket>[] Upgraded { get; set; } = [];

    public Action<Socket>[] Drained { get; set; } = [];

    public Func<DisconnectReason, Task>? Disconnecting { get; set; }

    public Func<DisconnectReason, Task>? Disconnect { get; set; }

    /// <summary>Whether received events have to pass more than their own handlers.</summary>
    public bool AreForEveryEvent => Incoming.Length > 0 || Middlewares.Length > 0;
}
