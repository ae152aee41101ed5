namespace Stork;

/// <summary>What a client wants with a queue: the resource that an authorization policy is asked about.</summary>
/// <param name="Socket">The client.</param>
/// <param name="Queue">The queue's name.</param>
public sealed record QueueAccess(Socket Socket, string Queue);
