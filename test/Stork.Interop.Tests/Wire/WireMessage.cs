using System.Text;

namespace Stork.Interop.Tests.Wire;

/// <summary>One message of a WebSocket, or its end.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Data">The payload.</param>
internal sealed record WireMessage(WireMessageKind Kind, byte[] Data)
{
    public string Text => Encoding.UTF8.GetString(Data);

    /// <summary>For tables: text as it is, binary data in hexadecimal, a close frame with its code.</summary>
    public override string ToString() => Kind switch
    {
        WireMessageKind.Text => Text,
        WireMessageKind.Binary => $"<{Convert.ToHexString(Data)}>",
        WireMessageKind.Close => $"[closed {(Data.Length >= 2 ? ((Data[0] << 8) | Data[1]).ToString() : "without a code")}]",
        _ => "[cut]",
    };
}
