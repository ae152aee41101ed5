using System.Buffers;
using Stork.EngineIO.WebSockets;
using Stork.Wire;

namespace Stork.EngineIO.Transports;

/// <summary>What a thread reads for which others wait, while handlers may keep it: only messages for which none is called.</summary>
internal static class QuickMessages
{
    /// <summary>What a text message of Engine.IO begins with.</summary>
    private const byte TextMessage = (byte)'0' + (byte)EnginePacketType.Message;

    extension(WebSocketMessageReader reader)
    {
        /// <summary>Reads the next message, unless a handler is called for it that this thread must not call.</summary>
        /// <param name="buffer">From where; what is not read stays in it.</param>
        /// <param name="asked">Who knows for which messages handlers are called; null: this thread may call them.</param>
        /// <param name="message">The message.</param>
        /// <param name="isLeft">Whether there is something that another thread has to read.</param>
        public bool TryRead(
            ref ReadOnlySequence<byte> buffer, IEngineListener? asked, out WebSocketMessage message, out bool isLeft)
        {
            isLeft = false;
            if (asked is null) return reader.TryRead(ref buffer, out message);
            message = default;
            // What has begun in an earlier read could not be put back.
            if (reader.IsBetweenMessages && !reader.IsCompressedNext(buffer))
            {
                var rest = buffer;
                var isWhole = reader.TryRead(ref rest, out message);
                if (!isWhole || !MayCallHandlers(message, asked) || !asked.MayKeepThread())
                {
                    buffer = rest;
                    return isWhole;
                }
            }

            isLeft = !buffer.IsEmpty;
            return false;
        }
    }

    private static bool MayCallHandlers(in WebSocketMessage message, IEngineListener listener) => message.Opcode switch
    {
        WebSocketOpcode.Text => message.Payload.Span is [TextMessage, .. var text] && listener.MayCallHandlers(text),
        WebSocketOpcode.Binary => true,
        _ => false,
    };
}
