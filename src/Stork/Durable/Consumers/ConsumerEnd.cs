using Stork.EngineIO;

namespace Stork.Durable.Consumers;

/// <summary>How a client came to be gone, as far as its messages are concerned.</summary>
internal enum ConsumerEnd
{
    /// <summary>The connection was lost. What was not acknowledged waits for the client's return.</summary>
    Lost,

    /// <summary>The same, but it ended from the client's side, without a word: a process that crashed, or the network.</summary>
    Cut,

    /// <summary>The same, but the client ended the connection itself: perhaps because of what it was sent.</summary>
    LeftByClient,

    /// <summary>The client is not expected back on this server: what was not acknowledged goes back at once.</summary>
    ForGood,

    /// <summary>The server stops: what was not acknowledged waits for the client's return, to the next run as well, if the client can be
    /// recognised then.</summary>
    Stopping,
}

/// <summary>Tells how a client came to be gone.</summary>
internal static class ConsumerEnds
{
    public static ConsumerEnd Of(DisconnectReason reason, EngineConnection connection) => reason switch
    {
        DisconnectReason.ServerShuttingDown => ConsumerEnd.Stopping,
        DisconnectReason.ClientNamespaceDisconnect or DisconnectReason.ServerNamespaceDisconnect => ConsumerEnd.ForGood,
        DisconnectReason.TransportClose when connection.IsLeftByClient => ConsumerEnd.LeftByClient,
        DisconnectReason.TransportClose or DisconnectReason.TransportError when connection.IsCut => ConsumerEnd.Cut,
        _ => ConsumerEnd.Lost,
    };
}
