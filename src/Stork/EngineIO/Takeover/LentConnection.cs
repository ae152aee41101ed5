using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

using Stork.EventLoops;

namespace Stork.EngineIO.Takeover;

/// <summary>
/// A connection as HTTP sees it: the real one, until it is taken back. From then on its pipes have come to their end, and whatever is
/// done to it has no effect.
/// </summary>
/// <remarks>
/// Whoever stands above and puts a transport of its own in place of this one, as TLS does, is seen by that: it needs the bytes itself, so
/// nothing can be taken back.
/// </remarks>
internal sealed class LentConnection : ConnectionContext,
    IDuplexPipe, IConnectionTransportFeature, IConnectionLifetimeFeature, IConnectionHeartbeatFeature
{
    private readonly LentReader _input;
    private readonly LentWriter _output;
    private readonly FeatureCollection _features;
    private Pulse? _pulse;
    private volatile bool _isTakenBack;

    public LentConnection(ConnectionContext connection)
    {
        Real = connection;
        RealTransport = connection.Transport;
        _input = new LentReader(RealTransport.Input);
        _output = new LentWriter(RealTransport.Output);
        Transport = this;
        _features = new FeatureCollection(connection.Features);
        _features.Set<IConnectionTransportFeature>(this);
        _features.Set<IConnectionLifetimeFeature>(this);
        _features.Set<IConnectionHeartbeatFeature>(this);
    }

    /// <summary>The connection itself.</summary>
    public ConnectionContext Real { get; }

    /// <summary>What the connection reads and writes, and what is lent.</summary>
    public IDuplexPipe RealTransport { get; }

    /// <summary>Who goes on with the connection; null if it ends with HTTP.</summary>
    public IConnectionOwner? Owner { get; private set; }

    /// <summary>
    /// What flows from the request to all that its owner calls, such as the application's handlers: culture, trace, whatever a middleware
    /// has set.
    /// </summary>
    public ExecutionContext? Context { get; private set; }

    public override IDuplexPipe Transport { get; set; }

    public override string ConnectionId
    {
        get => Real.ConnectionId;
        set => Real.ConnectionId = value;
    }

    public override IFeatureCollection Features => _features;

    public override IDictionary<object, object?> Items
    {
        get => Real.Items;
        set => Real.Items = value;
    }

    public override CancellationToken ConnectionClosed
    {
        get => Real.ConnectionClosed;
        set => Real.ConnectionClosed = value;
    }

    public override EndPoint? LocalEndPoint
    {
        get => Real.LocalEndPoint;
        set => Real.LocalEndPoint = value;
    }

    public override EndPoint? RemoteEndPoint
    {
        get => Real.RemoteEndPoint;
        set => Real.RemoteEndPoint = value;
    }

    PipeReader IDuplexPipe.Input => _input;

    PipeWriter IDuplexPipe.Output => _output;

    /// <summary>
    /// Whether what HTTP sends waits for the next flush. To be set by a request, only for as long as it is sure that such a flush follows.
    /// </summary>
    public bool DelaysFlushes
    {
        get => _output.DelaysFlushes;
        set => _output.DelaysFlushes = value;
    }

    /// <summary>
    /// Cuts HTTP off. To be called by a request, which HTTP waits for: nobody else reads or writes then. What was read but not used is
    /// still in <see cref="RealTransport"/>.
    /// </summary>
    public void TakeBack()
    {
        _isTakenBack = true;
        _input.End();
        _output.End();
        _pulse?.End();
    }

    /// <summary>Names who goes on with the connection that was taken back, once HTTP has ended.</summary>
    public void PassTo(IConnectionOwner owner)
    {
        Owner = owner;
        Context = ExecutionContext.Capture();
    }

    public override void Abort()
    {
        if (!_isTakenBack) Real.Abort();
    }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        if (!_isTakenBack) Real.Abort(abortReason);
    }

    // Nobody can take a callback off a heartbeat again, and HTTP's lead to all that it has.
    void IConnectionHeartbeatFeature.OnHeartbeat(Action<object> action, object state)
    {
        if (_pulse is null)
        {
            _pulse = new Pulse();
            Real.Features.Get<IConnectionHeartbeatFeature>()?.OnHeartbeat(static pulse => ((Pulse)pulse).Beat(), _pulse);
        }

        _pulse.Add(action, state);
    }

    /// <summary>Callbacks that can be forgotten.</summary>
    private sealed class Pulse
    {
        private (Action<object> Action, object State)[]? _callbacks = [];

        public void Add(Action<object> action, object state)
        {
            if (_callbacks is { } callbacks) Volatile.Write(ref _callbacks, [.. callbacks, (action, state)]);
        }

        public void Beat()
        {
            foreach (var (action, state) in Volatile.Read(ref _callbacks) ?? []) action(state);
        }

        public void End() => Volatile.Write(ref _callbacks, null);
    }
}
