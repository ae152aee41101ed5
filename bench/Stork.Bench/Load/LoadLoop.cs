using System.Diagnostics;
using System.Net;

namespace Stork.Bench.Load;

/// <summary>All connections of a run, served by the calling thread.</summary>
/// <param name="ports">Of the servers; connections go to each in turn, by their index.</param>
/// <param name="conversation">What is said.</param>
/// <param name="dialect">How it is said; null: Socket.IO.</param>
internal sealed class LoadLoop(IReadOnlyList<int> ports, IConversation conversation, Dialect? dialect = null) : IDisposable
{
    /// <summary>Upgrades under way at once: below the accept backlog of every server (Node 511, Kestrel 512).</summary>
    private const int JoinsInProgress = 128;

    /// <summary>Connections per source address, far below the smallest usual range of ephemeral ports (28,232 on Linux).</summary>
    private const int ConnectionsPerAddress = 5_000;

    private const int FirstAddress = 2;
    private const int Addresses = 200;

    private const int RestMilliseconds = 10;
    private const int InputBytes = 128 * 1024;

    private static readonly TimeSpan s_joinPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_answerPatience = TimeSpan.FromSeconds(10);

    private readonly Epoll _epoll = new();
    private readonly ChannelTable _channels = new();
    private readonly List<Connection> _connections = [];
    private readonly IPEndPoint[] _servers = [.. ports.Select(static port => new IPEndPoint(IPAddress.Loopback, port))];
    private readonly Dialect _dialect = dialect ?? Dialect.SocketIO;
    private readonly byte[][] _requests = [.. ports.Select((dialect ?? Dialect.SocketIO).UpgradeRequest)];
    private int _opened;
    private int _joined;
    private long _idleTicks;

    public LoadLoop(int port, IConversation conversation, Dialect? dialect = null)
        : this([port], conversation, dialect)
    {
    }

    /// <summary>Of the first server.</summary>
    public int Port => _servers[0].Port;

    public IConversation Conversation { get; } = conversation;

    /// <summary>Those that <see cref="Open"/> has opened.</summary>
    public IReadOnlyList<Connection> Connections => _connections;

    /// <summary>
    /// Whether <see cref="Press"/> sleeps while there is nothing to do, for a load side that shares its core with the server.
    /// </summary>
    public bool Sleeps { get; init; }

    /// <summary>Time in which <see cref="Press"/> looked for something to do and found nothing.</summary>
    public TimeSpan Idle => Stopwatch.GetElapsedTime(0, _idleTicks);

    internal byte[] Input { get; } = GC.AllocateUninitializedArray<byte>(InputBytes, pinned: true);

    internal OutputBuffer Output { get; } = new();

    /// <summary>Opens that many connections more and returns when all of them have joined.</summary>
    public void Open(int count)
    {
        var started = Stopwatch.GetTimestamp();
        var (joinedBefore, connecting) = (_joined, 0);
        while (_joined - joinedBefore < count)
        {
            for (; connecting < count && connecting - (_joined - joinedBefore) < JoinsInProgress; connecting++)
                _connections.Add(Connect(_connections.Count));
            Serve(_epoll.Wait(RestMilliseconds));
            if (Stopwatch.GetElapsedTime(started) > s_joinPatience)
                throw new BenchmarkException($"only {_joined - joinedBefore} of {count} connections joined within {s_joinPatience}");
        }
    }

    /// <summary>Opens one connection, which joins while the loop is served.</summary>
    /// <param name="index">Its position in the scenario's own tables.</param>
    /// <param name="session">The session that it takes over from long-polling; null: one of its own.</param>
    public Connection Connect(int index, string? session = null)
    {
        Conversation.OnConnecting(index);
        var server = index % _servers.Length;
        var socket = ConnectSocket(_servers[server]);
        var connection = session is null ? _dialect.NewConnection(this, socket, index) : new Connection(this, socket, index, isProbe: true);
        Add(connection);
        connection.Send(session is null ? _requests[server] : UpgradeRequest.For(_servers[server].Port, session));
        return connection;
    }

    /// <summary>Opens a connection for HTTP requests to the first server.</summary>
    public HttpChannel ConnectHttp(IHttpClient client)
    {
        var channel = new HttpChannel(this, ConnectSocket(_servers[0]), client);
        Add(channel);
        return channel;
    }

    /// <summary>
    /// Serves the connections for that long, usually without ever sleeping, so that no server pays for waking the load side up.
    /// </summary>
    public void Press(TimeSpan duration) => PressUntil(() => false, duration);

    /// <summary>The same, but no longer than until something is the case; false if it never was.</summary>
    /// <param name="isOver">Asked after each turn.</param>
    /// <param name="patience">How long at most.</param>
    /// <param name="turn">Called in each turn with its timestamp, to send what is due by then.</param>
    public bool PressUntil(Func<bool> isOver, TimeSpan patience, Action<long>? turn = null)
    {
        var started = Stopwatch.GetTimestamp();
        for (var now = started; Stopwatch.GetElapsedTime(started, now) < patience;)
        {
            turn?.Invoke(now);
            var ready = Wait();
            Serve(ready);
            if (isOver())
                return true;
            var before = now;
            now = Stopwatch.GetTimestamp();
            if (ready == 0 && !Sleeps)
                _idleTicks += now - before;
        }

        return false;
    }

    /// <summary>Answers heartbeats for that long.</summary>
    public void Rest(TimeSpan duration)
    {
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < duration)
            Serve(_epoll.Wait(RestMilliseconds));
    }

    /// <summary>Serves the connections until nothing is outstanding any more: shows that nothing was lost.</summary>
    public void Drain(Func<int> outstanding)
    {
        var started = Stopwatch.GetTimestamp();
        while (outstanding() > 0)
        {
            Serve(_epoll.Wait(RestMilliseconds));
            if (Stopwatch.GetElapsedTime(started) > s_answerPatience)
                throw new BenchmarkException($"{outstanding()} answers did not come within {s_answerPatience}");
        }
    }

    public void Dispose()
    {
        foreach (var channel in _channels.All)
            channel.Dispose();
        _epoll.Dispose();
    }

    internal void OnJoined() => _joined++;

    internal void Remove(Channel channel) => _channels.Remove(channel);

    // One that sleeps is idle while it does, whatever wakes it up.
    private int Wait()
    {
        if (!Sleeps)
            return _epoll.Wait(0);
        var before = Stopwatch.GetTimestamp();
        var ready = _epoll.Wait(1);
        _idleTicks += Stopwatch.GetTimestamp() - before;
        return ready;
    }

    private void Add(Channel channel)
    {
        _channels.Add(channel);
        _epoll.AddConnection(channel.Descriptor, channel.Token);
    }

    // So many connections from one source address, then the next one: when it is its turn again, its ports have long been free.
    private RawSocket ConnectSocket(IPEndPoint server)
    {
        var address = FirstAddress + (_opened++ / ConnectionsPerAddress % Addresses);
        return RawSocket.Connect(new IPAddress([127, 0, 0, (byte)address]), server);
    }

    private void Serve(int ready)
    {
        for (var i = 0; i < ready; i++)
            _channels.Find(_epoll.Token(i))?.OnReady();
    }
}
