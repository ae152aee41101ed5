namespace Stork;

/// <summary>Events of the main namespace that are handled once.</summary>
public static class ServerIdempotencyExtensions
{
    extension(SocketIOServer server)
    {
        /// <inheritdoc cref="NamespaceIdempotencyExtensions.extension(Namespace).HandleOnce(string, Func{SocketEvent, string?})"/>
        public SocketIOServer HandleOnce(string name, Func<SocketEvent, string?> id)
        {
            ArgumentNullException.ThrowIfNull(server);
            server.MainNamespace.HandleOnce(name, id);
            return server;
        }
    }
}
