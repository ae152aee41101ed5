using System.Diagnostics.Metrics;

namespace Stork.Diagnostics;

/// <summary>The meters of a server, under the name "Stork".</summary>
internal sealed class SocketIOMetrics : IDisposable
{
    public const string MeterName = "Stork";

    private readonly Meter _meter;
    private readonly UpDownCounter<long> _connections;
    private readonly Counter<long> _closed;
    private readonly Counter<long> _messages;
    private readonly Counter<long> _compressed;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _inboxesRefused;
    private readonly Counter<long> _eventsDropped;
    private readonly Counter<long> _clusterSent;
    private readonly Counter<long> _clusterReceived;
    private readonly Counter<long> _clusterDropped;

    public SocketIOMetrics(IMeterFactory? factory)
    {
        _meter = factory?.Create(MeterName) ?? new Meter(MeterName);
        _connections = _meter.CreateUpDownCounter<long>("stork.connections", "{connection}", "Engine.IO sessions that are open.");
        _closed = _meter.CreateCounter<long>("stork.connections.closed", "{connection}", "Sessions that ended, by reason.");
        _messages = _meter.CreateCounter<long>("stork.messages.received", "{message}", "Engine.IO messages received.");
        _compressed = _meter.CreateCounter<long>(
            "stork.messages.compressed", "{message}", "WebSocket messages compressed; one that several connections are sent counts once.");
        _refused = _meter.CreateCounter<long>("stork.requests.refused", "{request}", "Requests refused, by Engine.IO error code.");
        _failed = _meter.CreateCounter<long>("stork.handlers.failed", "{event}", "Events whose handler failed.");
        _inboxesRefused = _meter.CreateCounter<long>(
            "stork.inboxes.refused", "{socket}", "Sockets that could not be given an inbox, by code.");
        _eventsDropped = _meter.CreateCounter<long>(
            "stork.events.dropped", "{event}", "Events dropped because their client had gone and too many such waited.");
        _clusterSent = _meter.CreateCounter<long>(
            "stork.cluster.messages.sent", "{message}", "Messages that the bus has taken for other servers.");
        _clusterReceived = _meter.CreateCounter<long>(
            "stork.cluster.messages.received", "{message}", "Messages of other servers that were read.");
        _clusterDropped = _meter.CreateCounter<long>(
            "stork.cluster.messages.dropped", "{message}", "Messages to or from other servers that were dropped, by reason.");
    }

    public void ConnectionOpened(SocketIOTransports transport) => BestEffort.Add(_connections, 1);

    public void ConnectionClosed(SocketIOTransports transport, string reason)
    {
        BestEffort.Add(_connections, -1);
        if (_closed.Enabled) BestEffort.Add(_closed, 1, new("reason", reason), new("transport", transport.ToString()));
    }

    public void MessageReceived()
    {
        if (_messages.Enabled) BestEffort.Add(_messages, 1);
    }

    public void MessageCompressed()
    {
        if (_compressed.Enabled) BestEffort.Add(_compressed, 1);
    }

    public void RequestRefused(int code) => BestEffort.Add(_refused, 1, new KeyValuePair<string, object?>("code", code));

    public void InboxRefused(Queues.QueueErrorCode code) =>
        BestEffort.Add(_inboxesRefused, 1, new KeyValuePair<string, object?>("code", code.ToString()));

    public void EventsDropped(int count) => BestEffort.Add(_eventsDropped, count);

    public void ClusterMessageSent() => BestEffort.Add(_clusterSent, 1);

    public void ClusterMessageReceived() => BestEffort.Add(_clusterReceived, 1);

    public void ClusterMessageDropped(string reason) =>
        BestEffort.Add(_clusterDropped, 1, new KeyValuePair<string, object?>("reason", reason));

    public void HandlerFailed() => BestEffort.Add(_failed, 1);

    public void Dispose() => _meter.Dispose();
}
