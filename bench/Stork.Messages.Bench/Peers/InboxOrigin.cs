namespace Stork.Messages.Bench.Peers;

/// <summary>Who puts messages into inboxes, and how.</summary>
internal enum InboxOrigin
{
    /// <summary>Code of the server, each by itself.</summary>
    Server,

    /// <summary>Code of the server, many together.</summary>
    ServerInBatches,

    /// <summary>Other clients.</summary>
    Clients,
}
