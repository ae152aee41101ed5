namespace Stork.Bench.Load;

/// <summary>What a server and its clients say to each other inside WebSocket frames.</summary>
internal abstract class Dialect
{
    /// <summary>That of peers that name none.</summary>
    public static Dialect SocketIO { get; } = new SocketIODialect();

    /// <summary>How a request to open a WebSocket looks.</summary>
    public abstract byte[] UpgradeRequest(int port);

    public abstract Connection NewConnection(LoadLoop loop, RawSocket socket, int index);

    /// <summary>A text that the server shall send back; the number tells the answers apart.</summary>
    public abstract NumberedMessage Echo(int digits, string text);

    /// <summary>The answer to it.</summary>
    public abstract NumberedMessage EchoAnswer(int digits, string text);

    /// <summary>A text, which starts with the number, that the server shall send to everybody.</summary>
    public abstract NumberedMessage Publish(int digits, string rest);

    /// <summary>What everybody gets.</summary>
    public abstract NumberedMessage News(int digits, string rest);

    /// <param name="name">As in <c>peers.json</c>; null: Socket.IO.</param>
    public static Dialect Find(string? name) => name switch
    {
        null => SocketIO,
        "signalr" => new SignalRDialect(),
        _ => throw new BenchmarkException($"no dialect is called {name}; there is signalr, and Socket.IO for peers that name none"),
    };
}
