namespace Stork.Protocol;

/// <summary>The packet types of Socket.IO protocol v5. On the wire each is the ASCII digit of its value.</summary>
public enum PacketType : byte
{
    /// <summary>Joins a namespace, or confirms that.</summary>
    Connect = 0,

    /// <summary>Leaves a namespace.</summary>
    Disconnect = 1,

    /// <summary>An event: an array of its name and arguments.</summary>
    Event = 2,

    /// <summary>The acknowledgement of an event: an array of arguments.</summary>
    Ack = 3,

    /// <summary>Refuses a namespace; only servers send it.</summary>
    ConnectError = 4,

    /// <summary>An event with binary attachments.</summary>
    BinaryEvent = 5,

    /// <summary>An acknowledgement with binary attachments.</summary>
    BinaryAck = 6,
}
