namespace Stork.Redis.Emitting;

/// <summary>How messages of an emitter get to the servers of one namespace.</summary>
internal interface IEmitterTransport
{
    /// <summary>Sends a message; what one thread sends stays in its order.</summary>
    Task SendAsync(ClusterMessage message);
}
