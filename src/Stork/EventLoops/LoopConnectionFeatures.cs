using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Stork.EventLoops;

/// <summary>What the web server asks a connection for by type; it exists only as long as the web server has the connection.</summary>
internal sealed class LoopConnectionFeatures :
    FeatureCollection,
    IConnectionIdFeature,
    IConnectionTransportFeature,
    IConnectionItemsFeature,
    IConnectionLifetimeFeature,
    IConnectionEndPointFeature,
    IMemoryPoolFeature
{
    // What the web server itself adds, and some room.
    private const int UsualCount = 12;

    private readonly LoopConnection _connection;

    public LoopConnectionFeatures(LoopConnection connection, MemoryPool<byte> memory)
        : base(UsualCount)
    {
        _connection = connection;
        MemoryPool = memory;
        Set<IConnectionIdFeature>(this);
        Set<IConnectionTransportFeature>(this);
        Set<IConnectionItemsFeature>(this);
        Set<IConnectionLifetimeFeature>(this);
        Set<IConnectionEndPointFeature>(this);
        Set<IMemoryPoolFeature>(this);
        Set<IDetachableConnection>(connection);
    }

    public MemoryPool<byte> MemoryPool { get; }

    string IConnectionIdFeature.ConnectionId
    {
        get => _connection.ConnectionId;
        set => _connection.ConnectionId = value;
    }

    IDuplexPipe IConnectionTransportFeature.Transport
    {
        get => _connection.Transport;
        set => _connection.Transport = value;
    }

    IDictionary<object, object?> IConnectionItemsFeature.Items
    {
        get => _connection.Items;
        set => _connection.Items = value;
    }

    CancellationToken IConnectionLifetimeFeature.ConnectionClosed
    {
        get => _connection.ConnectionClosed;
        set => _connection.ConnectionClosed = value;
    }

    EndPoint? IConnectionEndPointFeature.LocalEndPoint
    {
        get => _connection.LocalEndPoint;
        set => _connection.LocalEndPoint = value;
    }

    EndPoint? IConnectionEndPointFeature.RemoteEndPoint
    {
        get => _connection.RemoteEndPoint;
        set => _connection.RemoteEndPoint = value;
    }

    void IConnectionLifetimeFeature.Abort() => _connection.Abort();
}
