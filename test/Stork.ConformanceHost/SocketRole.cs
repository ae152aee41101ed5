namespace Stork.ConformanceHost;

/// <summary>Socket.IO: both namespaces tell the client its auth; "/" sends messages back, as events and as acknowledgements.</summary>
internal static class SocketRole
{
    public static void Map(WebApplication app)
    {
        var io = app.MapSocketIO();
        io.OnConnection(async socket =>
        {
            await socket.EmitAsync("auth", socket.Handshake.Auth);
            socket.On("message", (EventArguments arguments) => socket.EmitAsync("message-back", arguments));
            socket.On("message-with-ack", (EventArguments arguments, Acknowledgement acknowledgement) =>
                acknowledgement.SendAsync(arguments));
        });
        io.Of("/custom").OnConnection(socket => socket.EmitAsync("auth", socket.Handshake.Auth).AsTask());
    }
}
