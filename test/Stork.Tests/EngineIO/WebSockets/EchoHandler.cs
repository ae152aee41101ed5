using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Stork.EngineIO.WebSockets;
using Stork.Wire;

namespace Stork.Tests.EngineIO.WebSockets;

/// <summary>The loop every owner of a connection runs: read everything, answer everything, flush once.</summary>
internal static class EchoHandler
{
    public const int MaxMessageSize = 1 << 20;

    public static async Task HandleAsync(HttpContext context)
    {
        if (!WebSocketHandshake.IsWebSocketRequest(context))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        await using var connection = await WebSocketHandshake.AcceptAsync(context);
        await RunUntilEndAsync(connection);
    }

    public static async Task RunUntilEndAsync(WebSocketConnection connection)
    {
        try
        {
            await RunAsync(connection);
        }
        catch (Exception end) when (WebSocketConnection.IsEnd(end))
        {
            // The client is gone or the server stops: what every connection comes to.
        }
    }

    public static async Task RunAsync(WebSocketConnection connection)
    {
        using var reader = new WebSocketMessageReader(MaxMessageSize);
        while (true)
        {
            var read = await connection.Input.ReadAsync();
            var open = Answer(reader, read, connection);
            var flushed = await connection.Output.FlushAsync();
            if (!open || read.IsCompleted || flushed.IsCompleted)
                return;
        }
    }

    private static bool Answer(WebSocketMessageReader reader, ReadResult read, WebSocketConnection connection)
    {
        var buffer = read.Buffer;
        try
        {
            while (reader.TryRead(ref buffer, out var message))
            {
                if (message.Opcode == WebSocketOpcode.Close)
                {
                    WriteClose(connection.Output, message.CloseCode, message.CloseReason);
                    return false;
                }

                var opcode = message.Opcode == WebSocketOpcode.Ping ? WebSocketOpcode.Pong : message.Opcode;
                Write(connection.Output, opcode, message.Payload.Span);
            }

            return true;
        }
        catch (WebSocketProtocolException violation)
        {
            WriteClose(connection.Output, violation.CloseCode, violation.Message);
            return false;
        }
        finally
        {
            connection.Input.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    public static void Write(PipeWriter output, WebSocketOpcode opcode, ReadOnlySpan<byte> payload)
    {
        output.Advance(WebSocketFrame.WriteHeader(output.GetSpan(WebSocketFrame.MaxHeaderLength), opcode, payload.Length));
        System.Buffers.BuffersExtensions.Write(output, payload);
    }

    public static void WriteClose(PipeWriter output, WebSocketCloseCode code, string reason) =>
        output.Advance(WebSocketCloseFrame.Write(output.GetSpan(WebSocketCloseFrame.MaxLength), code, reason));
}
