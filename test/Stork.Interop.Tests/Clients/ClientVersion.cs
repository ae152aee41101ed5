namespace Stork.Interop.Tests.Clients;

/// <summary>Releases of socket.io-client that the tests run: the oldest of protocol v5, one in the middle, and the newest.</summary>
public enum ClientVersion
{
    /// <summary>4.0.0, with engine.io-client 5.0.</summary>
    V4_0,

    /// <summary>4.5.4, the last before recovery and retries.</summary>
    V4_5,

    /// <summary>4.6.2, the first line with recovery.</summary>
    V4_6,

    /// <summary>4.8.4.</summary>
    V4_8,

    /// <summary>4.8.4 with the official MessagePack parser; the server of the test speaks MessagePack, too.</summary>
    V4_8_MessagePack,
}
