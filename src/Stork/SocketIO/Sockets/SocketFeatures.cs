namespace Stork.SocketIO.Sockets;

/// <summary>The features of one socket, in the order in which they are called. One without features takes no memory for them.</summary>
internal readonly struct SocketFeatures
{
    private readonly ISocketFeature[] _features;

    public SocketFeatures(Socket socket)
    {
        var makers = socket.Server.SocketFeatures;
        _features = makers.Length == 0 ? [] : new ISocketFeature[makers.Length];
        for (var i = 0; i < makers.Length; i++) _features[i] = makers[i](socket);
    }

    /// <summary>The feature of this type; null if sockets have none.</summary>
    public T? Find<T>()
        where T : class, ISocketFeature
    {
        foreach (var feature in _features)
        {
            if (feature is T found) return found;
        }

        return null;
    }

    public async ValueTask OnConnectedAsync()
    {
        foreach (var feature in _features) await feature.OnConnectedAsync();
    }

    public void OnReady()
    {
        foreach (var feature in _features) feature.OnReady();
    }

    /// <summary>Asks one after the other, until one says that the acknowledgement is meant for it.</summary>
    public void OnAcknowledgement(in Packet packet)
    {
        foreach (var feature in _features)
        {
            if (feature.TryAcknowledge(packet)) return;
        }
    }

    public void OnDrained()
    {
        foreach (var feature in _features) feature.OnDrained();
    }

    public void OnClosed(DisconnectReason reason)
    {
        foreach (var feature in _features) feature.OnClosed(reason);
    }
}
