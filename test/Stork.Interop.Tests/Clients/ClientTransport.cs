namespace Stork.Interop.Tests.Clients;

/// <summary>How a client of a test connects.</summary>
public enum ClientTransport
{
    /// <summary>Long-polling only.</summary>
    Polling,

    /// <summary>WebSocket only.</summary>
    WebSocket,

    /// <summary>Polling first, WebSocket as soon as it works, while the scenario is already under way.</summary>
    Upgrade,
}
