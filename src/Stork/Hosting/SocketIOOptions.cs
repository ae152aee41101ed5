using System.Text.Json;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Stork.Durable.Storage;
using Stork.EngineIO;
using Stork.EventLoops;
using Stork.Options;
using Stork.Queues;
using Stork.SocketIO;

namespace Stork;

/// <summary>
/// How a Socket.IO server behaves. Validated when the application starts; later changes have no effect. Defaults are those of the official
/// server (socket.io 4.8) where it has the option.
/// </summary>
public sealed class SocketIOOptions
{
    // ---- Engine.IO

    /// <summary>
    /// Path of the endpoint, beginning with a slash and without one at the end. Default <c>/socket.io</c>. Clients use the same value.
    /// </summary>
    public string Path { get; set; } = "/socket.io";

    /// <summary>
    /// Whether requests must have a slash behind the path, as official clients send it by default. Default true; with false both forms
    /// work.
    /// </summary>
    public bool AddTrailingSlash { get; set; } = true;

    /// <summary>Transports a client may use. Default polling and WebSocket.</summary>
    public SocketIOTransports Transports { get; set; } = SocketIOTransports.All;

    /// <summary>Whether a polling client may change to WebSocket. Default true.</summary>
    public bool AllowUpgrades { get; set; } = true;

    /// <summary>
    /// Whether the connection of a WebSocket is taken over from HTTP once its handshake has been answered, which makes it faster and
    /// smaller: the request ends there, with all that belongs to it. Default true. Concerns Kestrel and HTTP/1.1; elsewhere, and where
    /// something else needs to see the bytes, a WebSocket stays within its request, which lasts as long as the connection. The log tells.
    /// </summary>
    public bool TakeOverConnections { get; set; } = true;

    /// <summary>Time between the last pong and the next ping. Default 25 s; sent to the client. 50 ms to 1 day.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>
    /// How long a pong may take before the connection is given up ("ping timeout"). Default 20 s; sent to the client. 50 ms to 1 day.
    /// </summary>
    public TimeSpan PingTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long an upgrade may take before its WebSocket is closed; the session goes on polling. Default 10 s. The time in which a POST of
    /// the client is under way, or waits for its handlers, does not count.
    /// </summary>
    public TimeSpan UpgradeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a client may stay connected without joining a namespace. Default 45 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>
    /// Bytes of one polling body (beyond: 413) and of one WebSocket message (beyond: closed with 1009). Default 1,000,000; sent to the
    /// client as <c>maxPayload</c>. 1 KiB to 1 GiB.
    /// </summary>
    public int MaxHttpBufferSize { get; set; } = 1_000_000;

    /// <summary>Decides about a handshake before a session exists, for example by its headers. Null (default) allows all.
    /// ASP.NET Core's authentication and authorization have run before.</summary>
    public Func<HttpContext, ValueTask<HandshakeVerdict>>? AllowRequest { get; set; }

    /// <summary>
    /// Makes the id of a new session, in place of 120 random bits: to put into it, say, what a router finds the server by. Null (default):
    /// none. 1 to 128 characters of <c>A-Z a-z 0-9 - _ . ~</c>, of which no two sessions have the same at a time; whoever can guess one
    /// can take part in the session. Where it throws, or gives another id, the handshake is refused as a bad request, and the log says why.
    /// </summary>
    public Func<HttpContext, string>? GenerateId { get; set; }

    /// <summary>
    /// The cookie set by the polling handshake, for routers that need one; its value is the session id. Null (default): none.
    /// <c>new CookieBuilder { Name = "io" }</c> is what the original sets: <see cref="CookieBuilder.HttpOnly"/>,
    /// <see cref="SameSiteMode.Lax"/> unless another mode is given, and the path "/" (or the application's path base); an empty
    /// <see cref="CookieBuilder.Path"/> leaves it out. A class that derives from <see cref="CookieBuilder"/> is taken at its word in
    /// everything.
    /// </summary>
    public CookieBuilder? Cookie { get; set; }

    /// <summary>
    /// CORS policy applied to every answer of the endpoint, preflight requests included. Null (default): none; the application may use
    /// <c>UseCors</c> and <c>RequireCors</c> instead.
    /// </summary>
    public CorsPolicy? Cors { get; set; }

    /// <summary>
    /// Whether handshakes that carry cookies are refused (403) when their Origin is another site that no CORS policy with credentials
    /// allows. Default true: it is the protection against cross-site WebSocket hijacking.
    /// </summary>
    public bool CheckOrigin { get; set; } = true;

    /// <summary>Whether polling answers are compressed (gzip, deflate) for clients that accept it. Default true.</summary>
    public bool HttpCompression { get; set; } = true;

    /// <summary>Polling answers below this many bytes are not compressed. Default 1024.</summary>
    public int HttpCompressionThreshold { get; set; } = 1024;

    /// <summary>
    /// How WebSocket messages are compressed with clients that offer it (permessage-deflate). Null (default): they are not, as in the
    /// original.
    /// </summary>
    public PerMessageDeflateOptions? PerMessageDeflate { get; set; }

    /// <summary>
    /// Sessions at the same time; beyond, handshakes get 503. Default: as many as the process may have file descriptors, less those it has
    /// open at its start, 128 and a sixteenth, which are left for the store and everything else; at most 1,000,000. A polling client takes
    /// up to two.
    /// </summary>
    public int MaxConnections { get; set; } = ConnectionLimit.Default;

    /// <summary>
    /// Bytes one connection may have waiting for a client that reads too slowly, beyond the 64 KiB in the transport. Default 8 MiB.
    /// What happens then is <see cref="SlowReaderPolicy"/>'s.
    /// </summary>
    public int MaxOutputBufferSize { get; set; } = 8 * 1024 * 1024;

    /// <summary>
    /// What happens when <see cref="MaxOutputBufferSize"/> is exceeded. Default <see cref="SlowReaderPolicy.Disconnect"/>.
    /// </summary>
    public SlowReaderPolicy SlowReaderPolicy { get; set; } = SlowReaderPolicy.Disconnect;

    /// <summary>
    /// On Linux, how many threads accept, read and answer TCP connections of the whole web server, in place of Kestrel's own sockets; what
    /// needs no other thread is done there, handlers up to their first await included. 0 leaves all to Kestrel. At most 1,024. Default: one
    /// for each processor, at most 64. Other systems, and other web servers, do not know it.
    /// </summary>
    public int EventLoops { get; set; } = Math.Min(Environment.ProcessorCount, 64);

    // ---- Socket.IO

    /// <summary>
    /// The format of packets on the wire. Null (default): that of the protocol, JSON with binary attachments, which every client has. With
    /// another one, only clients of that format can connect; <c>new MessagePackParser()</c> of the package <c>Stork.MessagePack</c> is for
    /// those made with <c>socket.io-msgpack-parser</c>.
    /// </summary>
    public PacketParser? Parser { get; set; }

    /// <summary>Whether the official browser client is served under the path. Default true.</summary>
    public bool ServeClient { get; set; } = true;

    /// <summary>Whether a namespace made by a pattern or function is dropped when its last socket leaves. Default false: it stays until
    /// <see cref="MaxDynamicNamespaces"/> is reached.</summary>
    public bool CleanupEmptyChildNamespaces { get; set; }

    /// <summary>
    /// Namespaces made by patterns and functions at the same time. Default 10,000. Beyond, the one that has been empty the longest is
    /// dropped to make room, with what was registered on it alone (register on the <see cref="ParentNamespace"/>, or in
    /// <see cref="SocketIOServer.NamespaceCreated"/>); those that the application has asked for with
    /// <see cref="SocketIOServer.Of(string)"/> stay. If all are in use, a client gets "Invalid namespace".
    /// </summary>
    public int MaxDynamicNamespaces { get; set; } = 10_000;

    /// <summary>Namespaces one connection may be in. Default 100; beyond, the client gets "Too many namespaces".</summary>
    public int MaxNamespacesPerConnection { get; set; } = 100;

    /// <summary>Rooms one socket may be in, besides its own. Default 10,000; beyond, joining throws.</summary>
    public int MaxRoomsPerSocket { get; set; } = 10_000;

    /// <summary>
    /// Bytes of the names of rooms one socket may be in, two a character; beyond, joining throws. Default 2 MiB. 1 KiB to 1 GiB.
    /// </summary>
    public int MaxRoomBytesPerSocket { get; set; } = 2 * 1024 * 1024;

    /// <summary>
    /// Bytes of the names of all rooms, two a character and each name once a namespace; beyond, joining a new room throws. With recovery,
    /// those of clients that are away may take as much again: then who is away longest connects anew. Default 512 MiB; at least 1 KiB.
    /// </summary>
    public long MaxRoomBytes { get; set; } = 512L * 1024 * 1024;

    /// <summary>Acknowledgements one socket may owe; beyond, an emit that asks for one throws. Default 10,000.</summary>
    public int MaxPendingAcks { get; set; } = 10_000;

    /// <summary>
    /// Handlers of one socket that run at the same time. Default 1: the events of a socket are handled one after the other, in their order.
    /// With more, handlers are started in that order and overlap where they await. Acknowledgements do not wait for handlers; see
    /// <see cref="MaxInputBufferSize"/>.
    /// </summary>
    public int MaxConcurrentHandlers { get; set; } = 1;

    /// <summary>
    /// Events of one socket that may wait for a running handler; beyond, nothing more is read from its connection until there is room.
    /// Default 1,000. More are read while the client owes an acknowledgement, which may lie behind them, and while it upgrades:
    /// <see cref="MaxInputBufferSize"/> is the limit then.
    /// </summary>
    public int MaxPendingEvents { get; set; } = 1_000;

    /// <summary>
    /// Bytes of received events that may wait for handlers, over all sockets of a connection, each event with 256 bytes for its
    /// bookkeeping; beyond, nothing more is read from the connection until there is room. Default 8 MiB. 1 KiB to 1 GiB. A client that then
    /// owes an acknowledgement, and none of whose events is taken for a whole <see cref="PingTimeout"/>, is disconnected: its handlers may
    /// wait for what nobody will read.
    /// </summary>
    public int MaxInputBufferSize { get; set; } = 8 * 1024 * 1024;

    /// <summary>
    /// What a client that asked for an acknowledgement gets when the handler fails. Default <see cref="FailedHandlerPolicy.AnswerError"/>.
    /// </summary>
    public FailedHandlerPolicy FailedHandlerPolicy { get; set; } = FailedHandlerPolicy.AnswerError;

    /// <summary>
    /// Binary attachments of one packet. Default 10, which is also the official client's limit: whatever is emitted, stored for an inbox or
    /// answered with more than 10, or with more than this if it is higher, throws. Higher only if all clients have a parser that takes as
    /// many.
    /// </summary>
    public int MaxAttachments { get; set; } = 10;

    /// <summary>Depth of arrays and objects in arguments. Default 64; deeper ones close the connection ("parse error").</summary>
    public int MaxJsonDepth { get; set; } = 64;

    /// <summary>
    /// Bytes of one packet together with its attachments, each of which <see cref="MaxHttpBufferSize"/> bounds by itself. Default
    /// 4,000,000: so much a client can make the server hold by announcing attachments.
    /// </summary>
    public int MaxPacketSize { get; set; } = 4_000_000;

    /// <summary>
    /// How arguments become JSON. Null (default): the defaults for the web (camel case). A trimmed or native application sets a
    /// source-generated <see cref="JsonSerializerOptions.TypeInfoResolver"/> for its own types.
    /// </summary>
    public JsonSerializerOptions? JsonSerializerOptions { get; set; }

    /// <summary>
    /// How clients that lost their connection get their session and the events they missed back. Null (default): not at all, as in the
    /// original. With <see cref="DataDirectory"/>, also after a restart of the server or its sudden end.
    /// </summary>
    public ConnectionStateRecoveryOptions? ConnectionStateRecovery { get; set; }

    /// <summary>Makes the adapter of a namespace. Null (default): <see cref="InMemoryAdapter"/>.</summary>
    public Func<Namespace, Adapter>? AdapterFactory { get; set; }

    // ---- Storage

    /// <summary>
    /// The directory of the store behind inboxes and queues; created if it is not there, for its owner alone, and this process's alone
    /// while it runs. A relative one is in the application's content root, wherever the process was started. Null (default): nothing is
    /// stored, and what needs a store throws.
    /// </summary>
    public string? DataDirectory { get; set; }

    /// <summary>
    /// What happens when the store has failed, as after a failed write: nothing more can be stored before it is opened anew. Default
    /// <see cref="StoreFailurePolicy.StopHost"/>.
    /// </summary>
    public StoreFailurePolicy OnStoreFailure { get; set; } = StoreFailurePolicy.StopHost;

    /// <summary>
    /// How the store works; its <see cref="QueueStoreOptions.TimeProvider"/> and <see cref="QueueStoreOptions.Logger"/> are set to those of
    /// the application unless given, and its <see cref="QueueStoreOptions.OnFailed"/> is called once <see cref="OnStoreFailure"/> is seen
    /// to: the host stops meanwhile. Default: a message is synced to disk before anybody is told that it is stored.
    /// </summary>
    public QueueStoreOptions Store { get; set; } = new();

    /// <summary>
    /// How a client takes the messages of its inbox. Default: 32 unacknowledged at once, any answer settles, no metadata.
    /// </summary>
    public InboxOptions Inbox { get; set; } = new();

    /// <summary>How inboxes keep their messages: limits, time to live, retries, the wait for a client's return. What
    /// <see cref="QueueStoreOptions.Configure"/> of <see cref="Store"/> returns for one is applied on top: whatever of it differs from
    /// <see cref="QueueOptions.Inbox"/> counts, all else is as said here. Default: <see cref="QueueOptions.Inbox"/>, and for clients whose
    /// device is known a position for each (<see cref="Fanout.PerDevice"/>).</summary>
    public QueueOptions InboxQueue { get; set; } = QueueOptions.Inbox with { Fanout = Fanout.PerDevice };

    /// <summary>How each work queue is treated that is not to have the defaults of <see cref="QueueOptions.Work"/>.</summary>
    internal Dictionary<string, Func<QueueOptions, QueueOptions>> Queues { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Sets options of a work queue: <c>options.ConfigureQueue("thumbnails", queue =&gt; queue with { MaxFailures = 3 })</c>. What is said
    /// about one queue several times is applied in that order, after <see cref="QueueStoreOptions.Configure"/> of <see cref="Store"/>.
    /// </summary>
    /// <param name="name">The queue's name, 1 to 256 bytes.</param>
    /// <param name="configure">Given the options so far, returns those to use. Wrong ones end the application's start.</param>
    /// <returns>These options.</returns>
    public SocketIOOptions ConfigureQueue(string name, Func<QueueOptions, QueueOptions> configure)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(configure);
        Queues[name] = Queues.TryGetValue(name, out var former) ? options => configure(former(options)) : configure;
        return this;
    }

    /// <summary>A copy that later changes do not reach, with the options of queues where the store asks for them.</summary>
    internal SocketIOOptions Freeze()
    {
        var frozen = (SocketIOOptions)MemberwiseClone();
        frozen.ConnectionStateRecovery = ConnectionStateRecovery?.Freeze();
        frozen.PerMessageDeflate = PerMessageDeflate?.Freeze();
        var (queues, others) = (new Dictionary<string, Func<QueueOptions, QueueOptions>>(Queues, StringComparer.Ordinal), Store.Configure);
        frozen.Store = Store with
        {
            Configure = (kind, name) =>
            {
                var options = others?.Invoke(kind, name);
                var isConfigured = queues.TryGetValue(name, out var configure);
                return kind == QueueKind.Work && isConfigured ? configure!(options ?? QueueOptions.Work) : options;
            },
        };
        return frozen;
    }

    /// <summary>Attachments that may be sent: a server that takes few or none may send as many as official clients take.</summary>
    internal int MaxSentAttachments => Math.Max(MaxAttachments, ProtocolLimits.Default.MaxAttachments);

    internal EngineOptions ToEngineOptions() => new()
    {
        Transports = Transports,
        AllowUpgrades = AllowUpgrades,
        TakeOverConnections = TakeOverConnections,
        UpgradeTimeout = UpgradeTimeout,
        PingInterval = PingInterval,
        PingTimeout = PingTimeout,
        MaxConnections = MaxConnections,
        MaxHttpBufferSize = MaxHttpBufferSize,
        MaxOutputBufferSize = MaxOutputBufferSize,
        SlowReaderPolicy = SlowReaderPolicy,
        HttpCompression = HttpCompression,
        HttpCompressionThreshold = HttpCompressionThreshold,
        PerMessageDeflate = PerMessageDeflate,
        AllowRequest = AllowRequest,
        GenerateId = GenerateId,
        CheckOrigin = CheckOrigin,
        Cors = Cors,
        Cookie = Cookie,
        Parser = Parser,
        Limits = new ProtocolLimits
        {
            MaxAttachments = MaxAttachments,
            MaxJsonDepth = MaxJsonDepth,
            MaxPacketSize = Math.Max(MaxPacketSize, MaxHttpBufferSize),
            // No event or acknowledgement is as short as this together with its separator: a body full of them is always taken.
            MaxPacketsPerPayload = MaxHttpBufferSize / 4,
        },
    };

    internal EventLoopOptions ToEventLoopOptions() => new(EventLoops, Path);

    internal SocketOptions ToSocketOptions() => new()
    {
        ConnectTimeout = ConnectTimeout,
        CleanupEmptyChildNamespaces = CleanupEmptyChildNamespaces,
        MaxDynamicNamespaces = MaxDynamicNamespaces,
        MaxNamespacesPerConnection = MaxNamespacesPerConnection,
        MaxRoomsPerSocket = MaxRoomsPerSocket,
        MaxRoomBytesPerSocket = MaxRoomBytesPerSocket,
        MaxRoomBytes = MaxRoomBytes,
        MaxPendingAcks = MaxPendingAcks,
        MaxConcurrentHandlers = MaxConcurrentHandlers,
        MaxPendingEvents = MaxPendingEvents,
        MaxInputBufferSize = MaxInputBufferSize,
        FailedHandlerPolicy = FailedHandlerPolicy,
        AdapterFactory = AdapterFactory,
    };

    /// <param name="contentRoot">What a relative directory counts from.</param>
    internal StorageOptions ToStorageOptions(string? contentRoot) => new()
    {
        DataDirectory = QueueStoreFactory.ResolveDirectory(DataDirectory, contentRoot),
        OnStoreFailure = OnStoreFailure,
        Store = Store,
        Inbox = Inbox,
        InboxQueue = InboxQueue,
    };
}
