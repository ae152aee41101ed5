namespace Stork;

/// <summary>The original server's words for <see cref="DisconnectReason"/>.</summary>
public static class DisconnectReasonExtensions
{
    /// <summary>The reason as the original server names it, for example "ping timeout".</summary>
    public static string ToText(this DisconnectReason reason) => reason switch
    {
        DisconnectReason.TransportError => "transport error",
        DisconnectReason.TransportClose => "transport close",
        DisconnectReason.ForcedClose => "forced close",
        DisconnectReason.PingTimeout => "ping timeout",
        DisconnectReason.ParseError => "parse error",
        DisconnectReason.ServerShuttingDown => "server shutting down",
        DisconnectReason.ForcedServerClose => "forced server close",
        DisconnectReason.ClientNamespaceDisconnect => "client namespace disconnect",
        DisconnectReason.ServerNamespaceDisconnect => "server namespace disconnect",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}
