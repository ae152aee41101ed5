namespace Stork.ConformanceHost;

/// <summary>
/// Socket.IO with connection state recovery, durable if a directory is given. Clients join and leave rooms and ask who they are;
/// whoever asks <c>/emit/{name}?value=…&amp;room=…</c> by HTTP has an event sent, and gets his answer once it is kept.
/// </summary>
internal static class RecoveryRole
{
    public const string Name = "recovery";

    public static void Configure(SocketIOOptions options, string? directory)
    {
        options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();
        options.DataDirectory = directory;
        (options.PingInterval, options.PingTimeout, options.ConnectTimeout) =
            (TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(45));
    }

    public static void Map(WebApplication app)
    {
        var io = app.MapSocketIO();
        io.OnConnection(socket =>
        {
            socket.On("join", async (string room) => await socket.JoinAsync(room));
            socket.On("leave", async (string room) => await socket.LeaveAsync(room));
            socket.On("remember", (string name, string value) => socket.Data[name] = value);
            socket.On("who", () => new
            {
                socket.Id,
                socket.Recovered,
                Rooms = socket.Rooms.Skip(1).ToArray(),
                Name = socket.Data.TryGetValue("name", out var name) ? name : null,
            });
        });
        app.MapGet("/emit/{name}", async (string name, int value, string? room) =>
        {
            if (room is null) await io.EmitAsync(name, value);
            else await io.To(room).EmitAsync(name, value);
            return "ok";
        });
    }
}
