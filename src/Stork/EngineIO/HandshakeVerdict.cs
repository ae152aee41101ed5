using System.Runtime.InteropServices;

namespace Stork;

/// <summary>What <see cref="SocketIOOptions.AllowRequest"/> decided.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct HandshakeVerdict
{
    private HandshakeVerdict(bool isAllowed, string? message) => (IsAllowed, Message) = (isAllowed, message);

    /// <summary>The handshake goes on.</summary>
    public static HandshakeVerdict Allow { get; } = new(isAllowed: true, message: null);

    /// <summary>Whether the handshake goes on. The default value refuses.</summary>
    public bool IsAllowed { get; }

    /// <summary>What the client is told; null for "Forbidden".</summary>
    public string? Message { get; }

    /// <summary>The handshake is answered with 403, code 4 and the message.</summary>
    public static HandshakeVerdict Refuse(string? message = null) => new(isAllowed: false, message);
}
